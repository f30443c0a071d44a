import { backoff, sleep } from '@alkdev/std'
import { readEvents } from '../hub/read-events.ts'

/** Milliseconds until a stream that has ended is opened again, and the most after failures. */
const RETRY = { baseMs: 1000, capMs: 60_000 }

export interface ChangesInput {
  /** Opens the stream of changes of the session. */
  readonly open: (signal: AbortSignal) => Promise<Response>
  /** Takes the text of one message for the client. */
  readonly forward: (text: string) => Promise<void>
  readonly signal: AbortSignal
}

/**
 * Passes on what the hub reports to a client of MCP before 2026-07-28 without a request, until the signal aborts. A stream that ends is opened again. Resolves when
 * the hub has no stream for this client; never rejects.
 */
export async function relayChanges(input: ChangesInput): Promise<void> {
  const { signal } = input
  for (let failures = 0; !signal.aborted; failures += 1) {
    // oxlint-disable no-await-in-loop -- one stream at a time
    const outcome = await relayOne(input).catch(() => 'failed')
    if (outcome === 'none') return
    if (outcome === 'ended') failures = 0
    await sleep(backoff(failures, RETRY), signal).catch(() => undefined)
    // oxlint-enable no-await-in-loop
  }
}

/** `none`: the hub has no stream for this client. */
async function relayOne({
  open,
  forward,
  signal,
}: ChangesInput): Promise<'ended' | 'none' | 'failed'> {
  const { body, headers, ok, status } = await open(signal)
  if (!ok || body === null || !headers.get('content-type')?.startsWith('text/event-stream')) {
    await body?.cancel()
    return status < 500 && status !== 429 ? 'none' : 'failed'
  }
  for await (const { data } of readEvents(body)) if (data !== '') await forward(data)
  return 'ended'
}
