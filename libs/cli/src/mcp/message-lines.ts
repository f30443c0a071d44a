import { StringDecoder } from 'node:string_decoder'

/** Maximum characters of a line; a longer one, which no hub accepts, ends the relay. */
const maxLineChars = 16 * 1024 * 1024

/**
 * The lines of a byte stream without their ends, blank ones left out; a last one without an end counts too. Throws beyond 16 Mi characters.
 */
export async function* messageLines(input: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  const decoder = new StringDecoder('utf8')
  // Pieces of a line are joined once, when its end has arrived.
  let pieces: string[] = []
  let length = 0
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer)
    const lines = text.split('\n')
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      const whole = [...pieces, line].join('')
      pieces = []
      length = 0
      if (whole.trim() !== '') yield whole
    }
    pieces.push(rest)
    length += rest.length
    if (length > maxLineChars) throw new Error('A message of more than 16 MiB was sent.')
  }
  const last = [...pieces, decoder.end()].join('')
  if (last.trim() !== '') yield last
}
