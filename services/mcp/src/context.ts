import { createRateLimiter, StreamLimit } from '@alkdev/service'
import type { RateLimiter, ServiceRuntime } from '@alkdev/service'
import { AddressPolicy } from '@alkdev/outbound'
import { createEvents } from './events.ts'
import type { McpEvents } from './events.ts'
import { answersChannel } from './legacy/answers-channel.ts'
import { ClientAnswers } from './legacy/client-answers.ts'
import { createOauth } from './oauth/create-oauth.ts'
import type { McpOauth } from './oauth/create-oauth.ts'
import { CallerUses } from './protocol/caller-uses.ts'
import { ResultStore } from './results/result-store.ts'
import { ClientHost } from './outside/client-host.ts'
import { storeManagedClients } from './outside/managed-clients.ts'
import type { OpenOptions } from './outside/open-mcp.ts'
import { CallHistory } from './tools/call-history.ts'

/** The shared dependencies of the MCP server. */
export interface McpContext {
  readonly runtime: ServiceRuntime<'mcp'>
  readonly events: McpEvents
  /** Undefined when only API keys are accepted. */
  readonly oauth: McpOauth | undefined
  readonly uses: CallerUses
  /** The request limits of keys, accounts and organizations. */
  readonly limiter: RateLimiter
  /** `subscriptions/listen`, and calls that collect the items of a subscription. */
  readonly streams: StreamLimit
  readonly history: CallHistory
  /** The rest of results that were cut. */
  readonly results: ResultStore
  /** What clients of MCP before 2026-07-28 say to requests of the hub. */
  readonly answers: ClientAnswers
  /** The addresses that clients of accounts may have. */
  readonly policy: AddressPolicy
  readonly open: OpenOptions
  /** The connections to outside services that this process holds. */
  readonly outside: ClientHost
}

export function createContext(runtime: ServiceRuntime<'mcp'>): McpContext {
  const { config, db, inputHash, logger, bus } = runtime
  const streams = new StreamLimit(config.limits.maxStreamsPerKey)
  const events = createEvents(runtime)
  const policy = new AddressPolicy(config.outbound)
  const open = { policy, deploymentId: runtime.deploymentId }
  const servers = config.mcpServers
  const outside = new ClientHost({ runtime, open, servers, events: events.outside })
  runtime.onReady('outside services', async () => {
    const changes = await storeManagedClients(db, servers, { hash: inputHash, logger })
    const newest = Math.max(0, ...changes)
    if (newest > 0) await bus.announceChange(newest)
    outside.start()
  })
  runtime.onDrain('outside services', () => outside.release())
  runtime.onClose('outside services', () => outside.stop())
  const oauth = createOauth(runtime, events)
  return {
    runtime,
    events,
    oauth,
    uses: new CallerUses(runtime.live, oauth?.authenticator),
    limiter: createRateLimiter(runtime),
    streams,
    history: new CallHistory(),
    results: new ResultStore(runtime.redis, config.redis.prefix),
    answers: new ClientAnswers(answersChannel(runtime)),
    policy,
    open,
    outside,
  }
}
