import { Readable } from 'node:stream'
import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server'
import type { UnreadReports } from '../protocol/unread-reports.ts'

export interface ListenStreamOptions {
  /** Of the request `subscriptions/listen`. */
  readonly id: string | number
  readonly unread: UnreadReports
  /** Aborted when the instance begins to stop. */
  readonly draining: AbortSignal
}

/**
 * The stream of `subscriptions/listen`, as the SDK writes it. When the instance begins to stop, it ends with the empty result of the request: the client knows
 * that its connection did not break, and listens at another instance.
 */
export function listenStream(
  body: ReadableStream<Uint8Array>,
  options: ListenStreamOptions,
): Readable {
  return Readable.from(framesOf(body, options))
}

async function* framesOf(
  body: ReadableStream<Uint8Array>,
  { id, unread, draining }: ListenStreamOptions,
): AsyncGenerator<Uint8Array | string> {
  const reader = body.getReader()
  const stop = (): void => void reader.cancel()
  draining.addEventListener('abort', stop)
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- in the order in which they come
      const { done, value } = await reader.read()
      if (done) break
      noteRead(unread, value)
      yield value
      // One that begins then is acknowledged, and ends.
      if (draining.aborted) stop()
    }
  } finally {
    draining.removeEventListener('abort', stop)
  }
  if (draining.aborted) yield `event: message\ndata: ${emptyResult(id)}\n\n`
}

/** The SDK writes one message, or one comment, at a time. */
function noteRead(unread: UnreadReports, frame: Uint8Array): void {
  const [, json] = /^data: (\{.*\})$/m.exec(Buffer.from(frame).toString()) ?? []
  if (json !== undefined) unread.remove(JSON.parse(json) as Parameters<UnreadReports['remove']>[0])
}

function emptyResult(id: string | number): string {
  const result = { resultType: 'complete', _meta: { [SUBSCRIPTION_ID_META_KEY]: id } }
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}
