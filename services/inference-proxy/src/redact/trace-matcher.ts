import { escapeAt, mayBeginEscape } from './escapes.ts'
import { secretPieces } from './secret-forms.ts'

/** Finds the pieces of a secret in characters, in capitals or not. */
export class TraceMatcher {
  /** Characters of a piece; fewer in a row are no trace. */
  readonly size: number
  readonly #pieces: ReadonlySet<string>
  /** Whether a piece has this hash: asked for each byte, unlike the set. */
  readonly #hashes = new Uint8Array(65_536)
  readonly #beginnings: readonly ReadonlySet<string>[]

  /** Without a secret, or with one of under 8 characters, nothing is found. */
  constructor(secret: string | undefined) {
    const { size, pieces } = secretPieces(secret ?? '')
    this.size = size
    this.#pieces = pieces
    for (const piece of pieces) this.#hashes[hashOf(piece)] = 1
    this.#beginnings = Array.from(
      { length: size },
      (_, length) => new Set([...pieces].map((piece) => piece.slice(0, length))),
    )
  }

  get isEmpty(): boolean {
    return this.#pieces.size === 0
  }

  /** Sets `traces` to 1 for every character that belongs to a piece. */
  mark({ codes, count }: Characters, traces: Uint8Array): void {
    const { size } = this
    const oldest = power(size)
    let hash = 0
    for (let at = 0; at < count; at += 1) {
      hash = (Math.imul(hash, 31) + (codes[at] ?? 0)) | 0
      if (at >= size) hash = (hash - Math.imul(oldest, codes[at - size] ?? 0)) | 0
      if (at < size - 1 || this.#hashes[fold(hash)] === 0) continue
      const from = at - size + 1
      if (this.#pieces.has(String.fromCharCode(...codes.subarray(from, at + 1))))
        traces.fill(1, from, at + 1)
    }
  }

  /** How many of the last characters may be the beginning of a trace; fewer than `least` count as none. */
  mayBegin({ codes, count }: Characters, least = 1): number {
    for (let length = Math.min(this.size - 1, count); length >= least; length -= 1) {
      const tail = String.fromCharCode(...codes.subarray(count - length, count))
      if (this.#beginnings[length]?.has(tail)) return length
    }
    return 0
  }
}

/** Bytes as characters: escapes undone, ASCII letters small. */
export interface Characters {
  readonly codes: Uint16Array
  /** The byte at which each character begins, and where the last one ends. */
  readonly starts: Int32Array
  readonly count: number
  /** Bytes read; without `final` it ends before an escape that is not whole yet. */
  readonly used: number
}

/** The characters of the bytes. `final`: no more bytes come, so the beginning of an escape is text. */
export function readCharacters(bytes: Buffer, final: boolean): Characters {
  const codes = new Uint16Array(bytes.length)
  const starts = new Int32Array(bytes.length + 1)
  let count = 0
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0
    const escape = mayBeginEscape(byte) ? escapeAt(bytes, at, final) : undefined
    if (escape === 'begun' && !final) break
    const whole = escape === 'begun' ? undefined : escape
    codes[count] = small(whole?.code ?? byte)
    starts[count] = at
    count += 1
    at += whole?.bytes ?? 1
  }
  starts[count] = at
  return { codes, starts, count, used: at }
}

const small = (code: number): number => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code)

function power(size: number): number {
  let value = 1
  for (let times = 0; times < size; times += 1) value = Math.imul(value, 31)
  return value
}

const fold = (hash: number): number => (hash ^ (hash >>> 16)) & 0xffff

function hashOf(piece: string): number {
  let hash = 0
  for (let at = 0; at < piece.length; at += 1)
    hash = (Math.imul(hash, 31) + piece.charCodeAt(at)) | 0
  return fold(hash)
}
