import { createRateLimiter } from '@alkdev/service'
import type { RateLimiter, ServiceRuntime } from '@alkdev/service'
import { AddressPolicy, createOutboundAgent, repeatOnStaleConnection } from '@alkdev/outbound'
import type { Dispatcher } from 'undici'
import { createEvents } from './events.ts'
import type { ProxyEvents } from './events.ts'
import { InFlight } from './relay/in-flight.ts'
import { createRelayState } from './relay/relay-state.ts'
import type { RelayState } from './relay/relay-state.ts'
import { ModelList } from './providers/list-models.ts'
import { ProviderDirectory } from './providers/provider-directory.ts'
import { Ledger } from './ledger/ledger.ts'
import { BudgetDirectory } from './limits/budget-directory.ts'
import { CallLimits } from './limits/call-limits.ts'
import { PriceTable } from './prices/price-table.ts'
import { createRoutingState } from './routing/routing-state.ts'
import type { RoutingState } from './routing/routing-state.ts'

/** What the proxy holds. */
export interface ProxyContext {
  readonly runtime: ServiceRuntime<'inference-proxy'>
  readonly events: ProxyEvents
  /** How many requests each key, account and organization may make. */
  readonly limiter: RateLimiter
  readonly providers: ProviderDirectory
  /** What the providers offer. */
  readonly models: ModelList
  /** Where the hub connects to. */
  readonly policy: AddressPolicy
  /** Connections to providers, for requests that may be sent once more over a new connection when the provider had closed the kept one. */
  readonly agent: Dispatcher
  /** The same for requests that must be sent once. */
  readonly onceAgent: Dispatcher
  /** What models cost. */
  readonly prices: PriceTable
  readonly budgets: BudgetDirectory
  /** One row for each call of a model. */
  readonly ledger: Ledger
  /** Requests of each key, and of each session, that run now. */
  readonly keyPlaces: InFlight
  /** Requests to each provider that run now. */
  readonly providerPlaces: InFlight
  readonly relay: RelayState
  readonly routing: RoutingState
}

/** Throws OperatorError for a price file that does not fit. */
export function createContext(runtime: ServiceRuntime<'inference-proxy'>): ProxyContext {
  const { inference, encryptionKeys, outbound } = runtime.config
  const policy = new AddressPolicy(outbound)
  const times = {
    connectTimeoutMs: inference.connectTimeoutMs,
    headersTimeoutMs: inference.firstByteTimeoutMs,
    bodyTimeoutMs: inference.streamIdleTimeoutMs,
  }
  const onceAgent = createOutboundAgent(policy, times)
  const freshAgent = createOutboundAgent(policy, { ...times, keepsConnections: false })
  const agent = repeatOnStaleConnection(onceAgent, freshAgent)
  runtime.onClose('connections to providers', async () => {
    await Promise.all([onceAgent.destroy(), freshAgent.destroy()])
  })
  const prices = PriceTable.open(inference.pricesFile)
  const budgets = new BudgetDirectory(runtime.db)
  const limits = new CallLimits({
    redis: runtime.redis,
    prefix: runtime.config.redis.prefix,
    failClosed: inference.failClosed,
    leaseMs: inference.callLeaseMs,
    onError: (error) => runtime.logger.warn({ err: error }, 'limits of calls could not be counted'),
  })
  const ledger = new Ledger(runtime, {
    prices,
    budgets,
    limits,
    leaseMs: inference.callLeaseMs,
    defaultMaxOutputTokens: inference.defaultMaxOutputTokens,
  })
  const providers = new ProviderDirectory(runtime.db, encryptionKeys, runtime.logger)
  return {
    runtime,
    events: createEvents(runtime),
    limiter: createRateLimiter(runtime),
    providers,
    models: new ModelList(agent, prices),
    policy,
    agent,
    onceAgent,
    prices,
    budgets,
    ledger,
    keyPlaces: new InFlight(inference.maxInFlightPerKey),
    providerPlaces: new InFlight(inference.maxInFlightPerProvider),
    relay: createRelayState(inference.maxInFlightPerKey, runtime.signal),
    routing: createRoutingState(runtime),
  }
}
