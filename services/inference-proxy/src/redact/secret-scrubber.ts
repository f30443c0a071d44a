import { escapeAt, mayBeginEscape } from './escapes.ts'
import { secretPieces } from './secret-forms.ts'

export const REDACTED = '[redacted]'
const marker = Buffer.from(REDACTED)

/**
 * Takes every trace of a secret out of bytes that come piece by piece: 8 characters in a row of it or of its base64 or hexadecimal
 * form, also where characters are escaped for JSON, a URL or HTML, and also where a trace is spread over several pieces. Other bytes pass
 * as they are. Only bytes that may begin a trace wait for the next piece, at most a few dozen, so events of a stream are not late.
 */
export class SecretScrubber {
  readonly #size: number
  readonly #pieces: ReadonlySet<string>
  /** Whether a piece has this hash: asked for each byte, unlike the set. */
  readonly #hashes = new Uint8Array(65_536)
  readonly #beginnings: readonly ReadonlySet<string>[]
  #held: Buffer = Buffer.alloc(0)
  /** Characters at the beginning of what is held that belong to a trace. */
  #heldTrace = 0
  /** The last thing that was given out is the marker of a trace that may go on. */
  #inTrace = false

  /** Without a secret everything passes. */
  constructor(secret: string | undefined) {
    const { size, pieces } = secretPieces(secret ?? '')
    this.#size = size
    this.#pieces = pieces
    for (const piece of pieces) this.#hashes[hashOf(piece)] = 1
    this.#beginnings = Array.from(
      { length: size },
      (_, length) => new Set([...pieces].map((piece) => piece.slice(0, length))),
    )
  }

  /** A whole text without the traces in it. */
  text(text: string): string {
    return Buffer.concat([this.push(Buffer.from(text)), this.end()]).toString()
  }

  /** What of the bytes so far may be given out. */
  push(chunk: Buffer): Buffer {
    return this.#pieces.size === 0 ? chunk : this.#scan(chunk, false)
  }

  /** The rest. Afterwards the scrubber may be used for other bytes. */
  end(): Buffer {
    const rest = this.#scan(Buffer.alloc(0), true)
    this.#inTrace = false
    return rest
  }

  #scan(chunk: Buffer, final: boolean): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const { codes, starts, count, used } = read(bytes, final)
    const traces = new Uint8Array(count)
    traces.fill(1, 0, this.#heldTrace)
    this.#mark(codes, count, traces)
    const kept = final ? 0 : this.#mayBegin(codes, count)
    const given = count - kept
    const out = this.#give(bytes, starts, traces, given)
    const heldFrom = given < count ? (starts[given] ?? used) : used
    this.#held = final ? Buffer.alloc(0) : bytes.subarray(heldFrom)
    this.#heldTrace = final ? 0 : traces.subarray(given).filter(Boolean).length
    return out
  }

  #mark(codes: Uint16Array, count: number, traces: Uint8Array): void {
    const size = this.#size
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

  /** How many of the last characters may be the beginning of a trace. */
  #mayBegin(codes: Uint16Array, count: number): number {
    for (let length = Math.min(this.#size - 1, count); length > 0; length -= 1) {
      const tail = String.fromCharCode(...codes.subarray(count - length, count))
      if (this.#beginnings[length]?.has(tail)) return length
    }
    return 0
  }

  #give(bytes: Buffer, starts: Int32Array, traces: Uint8Array, count: number): Buffer {
    const out: Buffer[] = []
    for (let at = 0; at < count;) {
      const trace = traces[at]
      let to = at + 1
      while (to < count && traces[to] === trace) to += 1
      if (trace === 0) out.push(bytes.subarray(starts[at], starts[to]))
      else if (!this.#inTrace) out.push(marker)
      this.#inTrace = trace === 1
      at = to
    }
    return out.length === 1 ? (out[0] ?? marker) : Buffer.concat(out)
  }
}

/** The bytes as characters, escapes undone; `used` ends before an escape that is not whole yet. */
function read(
  bytes: Buffer,
  final: boolean,
): {
  readonly codes: Uint16Array
  /** Where each character begins, and where the last one ends. */
  readonly starts: Int32Array
  readonly count: number
  readonly used: number
} {
  const codes = new Uint16Array(bytes.length)
  const starts = new Int32Array(bytes.length + 1)
  let count = 0
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0
    const escape = mayBeginEscape(byte) ? escapeAt(bytes, at) : undefined
    if (escape === 'begun' && !final) break
    const whole = escape === 'begun' ? undefined : escape
    codes[count] = whole?.code ?? byte
    starts[count] = at
    count += 1
    at += whole?.bytes ?? 1
  }
  starts[count] = at
  return { codes, starts, count, used: at }
}

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
