import { JsonDepthError, MAX_JSON_DEPTH } from '@alkdev/std'

/** Characters of a part that is parsed in one step. */
const STEP_CHARS = 64 * 1024
/** Characters that are scanned in one step. */
const SCAN_CHARS = 256 * 1024

/** An object or array inside another one. Large ones are parsed already. */
interface Part {
  readonly start: number
  readonly end: number
  readonly parsed?: { readonly value: unknown }
}

interface Open {
  readonly start: number
  readonly parts: Part[]
}

/**
 * Parses JSON as `JSON.parse` does, in steps that take a millisecond or so each, whatever the size of the text, unless one string or one
 * list of numbers is large. Finds the objects and arrays in one scan, parses small ones where they are complete, and puts the large ones
 * together from their parts. Throws SyntaxError for text that is not JSON, and JsonDepthError for more than 512 levels.
 */
export function* parseJsonSteps(text: string): Generator<void, unknown> {
  const open: Open[] = []
  let nextPause = SCAN_CHARS
  let whole: Part | undefined
  for (let at = 0; at < text.length; at += 1) {
    if (at > nextPause) {
      nextPause = at + SCAN_CHARS
      yield
    }
    const char = text[at]
    if (char === '"') at = endOfString(text, at)
    else if (char === '{' || char === '[') {
      if (open.length >= MAX_JSON_DEPTH) throw new JsonDepthError(MAX_JSON_DEPTH)
      open.push({ start: at, parts: [] })
    } else if (char === '}' || char === ']') {
      const closed = open.pop()
      if (closed === undefined) throw new SyntaxError('a closing bracket without an opening one')
      const end = at + 1
      const small = end - closed.start <= STEP_CHARS
      const part: Part = small
        ? { start: closed.start, end }
        : { start: closed.start, end, parsed: { value: yield* assemble(text, closed, end) } }
      const around = open.at(-1)
      if (around !== undefined) around.parts.push(part)
      else if (whole === undefined) whole = part
      else throw new SyntaxError('more than one value')
    }
  }
  if (whole === undefined || open.length > 0) return JSON.parse(text)
  // Only white space is allowed outside of the value.
  JSON.parse(`${text.slice(0, whole.start)}0${text.slice(whole.end)}`)
  return valueOf(text, whole)
}

/** The closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text[at - 1 - escapes] === '\\') escapes += 1
    if (escapes % 2 === 0) return at
  }
  return text.length
}

function valueOf(text: string, part: Part): unknown {
  return part.parsed === undefined
    ? JSON.parse(text.slice(part.start, part.end))
    : part.parsed.value
}

/** A large object or array: parsed with `[index]` in place of each part, then with the parts in their places. */
function* assemble(text: string, { start, parts }: Open, end: number): Generator<void, unknown> {
  const pieces: string[] = []
  let from = start
  for (const [index, part] of parts.entries()) {
    pieces.push(text.slice(from, part.start), `[${index}]`)
    from = part.end
  }
  pieces.push(text.slice(from, end))
  const outline = JSON.parse(pieces.join('')) as Record<string, unknown>
  let chars = 0
  for (const [key, placeholder] of Object.entries(outline)) {
    if (!Array.isArray(placeholder)) continue
    const part = parts[placeholder[0] as number] as Part
    // An assignment to `__proto__` would change the prototype.
    Object.defineProperty(outline, key, {
      value: valueOf(text, part),
      configurable: true,
      enumerable: true,
      writable: true,
    })
    chars += part.parsed === undefined ? part.end - part.start : 0
    if (chars > STEP_CHARS) {
      chars = 0
      yield
    }
  }
  return outline
}
