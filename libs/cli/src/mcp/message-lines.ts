import { StringDecoder } from 'node:string_decoder'

/** Maximum characters of a line. No hub accepts a longer one. */
const maxLineChars = 16 * 1024 * 1024

/** What stands for a line that was too long, of which nothing is kept. */
export const TOO_LONG = Symbol('a line that is too long')

/**
 * The lines of a byte stream without their ends, blank ones left out; a last one without an end counts too. TOO_LONG in place of a line of more than 16 Mi
 * characters.
 */
export async function* messageLines(
  input: AsyncIterable<unknown>,
): AsyncGenerator<string | typeof TOO_LONG, void> {
  const decoder = new StringDecoder('utf8')
  // Pieces of a line are joined once, when its end has arrived.
  let pieces: string[] = []
  let length = 0
  const add = (piece: string): void => {
    length += piece.length
    if (length > maxLineChars) pieces = []
    else pieces.push(piece)
  }
  const end = (): string | typeof TOO_LONG => {
    const whole = length > maxLineChars ? TOO_LONG : pieces.join('')
    pieces = []
    length = 0
    return whole
  }
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer)
    const lines = text.split('\n')
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      add(line)
      const whole = end()
      if (whole === TOO_LONG || whole.trim() !== '') yield whole
    }
    add(rest)
  }
  add(decoder.end())
  const last = end()
  if (last === TOO_LONG || last.trim() !== '') yield last
}
