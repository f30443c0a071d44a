import { SSEParser } from '@alkdev/operations/sse'

export interface ServerEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

const MAX_EVENT_CHARS = 16 * 1024 * 1024

/**
 * Reads a stream of server-sent events (WHATWG HTML, 9.2.6). An incomplete event at the end of the stream is dropped.
 * One of more than 16 Mi characters ends the stream with an error.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerEvent, void, unknown> {
  const parser = new SSEParser(MAX_EVENT_CHARS)
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    for (const { eventType, lastEventId, data } of parse(parser, chunk))
      yield { event: eventType, id: lastEventId, data }
  }
}

function parse(parser: SSEParser, chunk: string) {
  try {
    return parser.push(chunk)
  } catch (error) {
    throw new Error('The hub sent an event of more than 16 MiB.', { cause: error })
  }
}
