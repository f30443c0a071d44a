import { openEventStream } from '@alkdev/http'
import { sleep } from '@alkdev/std'
import type { ServerEvent } from '@modelcontextprotocol/server'
import type { FastifyReply } from 'fastify'
import type { SessionWatches } from '../native/session-watches.ts'
import type { CallerChanges } from '../protocol/caller-changes.ts'
import type { Caller } from '../protocol/caller.ts'
import { CHANGE_METHODS, UnreadReports } from '../protocol/unread-reports.ts'

/** Milliseconds between two readings of what the session watches. */
const READ_MS = 1000

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
  const unread = new UnreadReports()
  const onEvent = (event: ServerEvent): void => {
    if (!unread.add(event)) return
    const params = event.kind === 'resource_updated' ? { params: { uri: event.uri } } : {}
    const message = { jsonrpc: '2.0', method: CHANGE_METHODS[event.kind], ...params }
    void stream.send({ data: message }).finally(() => unread.remove(message))
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
