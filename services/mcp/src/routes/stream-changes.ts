import { openEventStream } from '@alkdev/http'
import { sleep } from '@alkdev/std'
import type { ServerEvent } from '@modelcontextprotocol/server'
import type { FastifyReply } from 'fastify'
import type { SessionWatches } from '../native/session-watches.ts'
import type { CallerChanges } from '../protocol/caller-changes.ts'
import type { Caller } from '../protocol/caller.ts'

/** Milliseconds between two readings of what the session watches. */
const READ_MS = 1000
/** Reports that wait for a slow client; further ones are left out, because a later report says the same. */
const MAX_PENDING = 1000

const METHODS = {
  tools_list_changed: 'notifications/tools/list_changed',
  prompts_list_changed: 'notifications/prompts/list_changed',
  resources_list_changed: 'notifications/resources/list_changed',
  resource_updated: 'notifications/resources/updated',
} as const

interface ChangeSources {
  readonly changes: CallerChanges
  /** Default: no session watches resources. */
  readonly watches?: SessionWatches
}

/**
 * The stream of changes of a session of MCP before 2026-07-28 (GET): changes of lists, and of the resources that the session watches.
 * Resolves when the client has left or the signal aborts.
 */
export async function streamChanges(
  { changes, watches }: ChangeSources,
  reply: FastifyReply,
  caller: Caller,
  ending: AbortSignal,
): Promise<void> {
  const stream = openEventStream(reply)
  const signal = AbortSignal.any([stream.signal, ending])
  let uris: ReadonlySet<string> = new Set()
  let pending = 0
  const onEvent = (event: ServerEvent): void => {
    if (pending >= MAX_PENDING) return
    pending += 1
    const params = event.kind === 'resource_updated' ? { params: { uri: event.uri } } : {}
    const message = { jsonrpc: '2.0', method: METHODS[event.kind], ...params }
    void stream.send({ data: message }).finally(() => (pending -= 1))
  }
  const stop = changes.listen({ caller, uris: () => uris, onEvent })
  try {
    while (!signal.aborted) {
      if (watches === undefined) await aborted(signal)
      // Without Redis, the session watches what it watched before.
      else uris = await watches.of(caller).catch(() => uris)
      await sleep(READ_MS, signal).catch(() => undefined)
    }
  } finally {
    stop()
    stream.end()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
