export interface ServerEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

const maxEventChars = 16 * 1024 * 1024

/**
 * Reads a stream of server-sent events (WHATWG HTML, 9.2.6). An event cut off by the end of the stream is dropped, as there.
 * One of more than 16 MiB ends the stream with an error.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerEvent, void, unknown> {
  let rest = ''
  let event = 'message'
  let id = ''
  let data: string[] = []
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    rest += chunk
    if (rest.length > maxEventChars) throw new Error('The hub sent an event of more than 16 MiB.')
    for (;;) {
      // A carriage return at the very end may be half of a line end.
      const end = /\r\n|\n|\r(?!$)/.exec(rest)
      if (!end) break
      const line = rest.slice(0, end.index)
      rest = rest.slice(end.index + end[0].length)
      if (line === '') {
        if (data.length > 0) yield { event, id, data: data.join('\n') }
        event = 'message'
        data = []
        continue
      }
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'event') event = value
      else if (field === 'id') id = value
      else if (field === 'data') data.push(value)
    }
  }
}
