import { parseJson } from '@alkdev/std'

const HEAD_BYTES = 512
const TAIL_BYTES = 64 * 1024
const NO_BYTES = Buffer.alloc(0)
const COLON = 0x3a
const TYPE = /^(?:event:[^\n]*\n)?data:\s*\{[^{}[\]]*?"type"\s*:\s*"([a-z_.]{1,64})"/
const USAGE = '"usage"'
/** Characters of white space before the object. */
const MAX_GAP = 64
/** Longer than any report: many members of the name must not take time with the square of their number. */
const MAX_USAGE_CHARACTERS = 8192

/** What the beginning and the end of an event say that is too long to be read, in the places where events have it. */
export interface LongEvent {
  readonly type: string | undefined
  readonly usage: unknown
  readonly response: { readonly usage: unknown }
}

/** Reads the events of a stream that `EventReader` gives out in parts, such as those with images: their type, which comes first, and their usage, which comes last. */
export class LongEvents {
  #head = NO_BYTES
  #tail = NO_BYTES

  /** Takes a piece without data. Undefined unless an event ends with it that says something. */
  take(bytes: Buffer): LongEvent | undefined {
    if (this.#tail.length === 0) {
      // A comment, and the line that ends it, are pieces of their own.
      if (bytes[0] === COLON || isLineBreak(bytes)) return undefined
      this.#head = Buffer.from(bytes.subarray(0, HEAD_BYTES))
    }
    // The rest of a large buffer would be kept with a part of it.
    this.#tail = Buffer.from(Buffer.concat([this.#tail, bytes]).subarray(-TAIL_BYTES))
    if (!/\n\r?\n$/.test(this.#tail.subarray(-4).toString('latin1'))) return undefined
    const type = TYPE.exec(this.#head.toString('latin1').replaceAll('\r', ''))?.[1]
    const usage = usageAtEnd(this.#tail.toString())
    this.#tail = NO_BYTES
    return type === undefined && usage === undefined
      ? undefined
      : { type, usage, response: { usage } }
  }
}

/**
 * The last member `usage` with counts of a JSON text whose beginning is not there. Within a string its quotes would be escaped. What a provider says again after it, such as
 * the metadata of the request, can have members of that name, too.
 */
export function usageAtEnd(text: string): unknown {
  for (
    let at = text.lastIndexOf(USAGE);
    at >= 0;
    at = at === 0 ? -1 : text.lastIndexOf(USAGE, at - 1)
  ) {
    const usage = objectAfter(text, at + USAGE.length)
    if (hasCount(usage)) return usage
  }
  return undefined
}

function objectAfter(text: string, at: number): unknown {
  const from = text.indexOf('{', at)
  if (from < 0 || text.slice(at, Math.min(from, at + MAX_GAP)).trim() !== ':') return undefined
  let depth = 0
  const end = Math.min(text.length, from + MAX_USAGE_CHARACTERS)
  for (let to = from; to < end; to++) {
    if (text[to] === '{') depth += 1
    else if (text[to] === '}' && --depth === 0)
      try {
        return parseJson(text.slice(from, to + 1))
      } catch {
        return undefined
      }
  }
  return undefined
}

function hasCount(usage: unknown): boolean {
  return (
    typeof usage === 'object' &&
    usage !== null &&
    Object.entries(usage).some(
      ([name, value]) => name.toLowerCase().includes('token') && typeof value === 'number',
    )
  )
}

function isLineBreak(bytes: Buffer): boolean {
  return bytes.length <= 2 && /^\r?\n?$/.test(bytes.toString('latin1'))
}
