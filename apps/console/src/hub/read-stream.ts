import { request } from './request.ts'
import type { RequestOptions } from './request.ts'
import { EventParser } from './event-parser.ts'
import type { StreamEvent } from './event-parser.ts'

interface StreamOptions extends RequestOptions {
  /** The hub has accepted the request; events follow, perhaps much later. */
  readonly onOpen?: () => void
  /** Something came, perhaps a comment that is no event. */
  readonly onBytes?: () => void
}

/** The events of an address. Leaving the loop, or the signal, closes the connection. Throws HubError. */
export async function* readStream(
  path: string,
  { onOpen, onBytes, ...options }: StreamOptions = {},
): AsyncGenerator<StreamEvent> {
  const answer = await request(path, {
    ...options,
    timeoutMs: null,
    headers: { accept: 'text/event-stream', ...options.headers },
  })
  onOpen?.()
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) return
  const parser = new EventParser()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes?.()
      yield* parser.push(value)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
