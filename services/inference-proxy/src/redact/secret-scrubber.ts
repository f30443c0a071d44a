import { readCharacters } from './trace-matcher.ts'
import type { Characters, TraceMatcher } from './trace-matcher.ts'

export const REDACTED = '[redacted]'
const marker = Buffer.from(REDACTED)
const NOTHING = Buffer.alloc(0)

/**
 * Takes every trace of a secret out of bytes that come piece by piece: 8 characters in a row of it or of its base64 or hexadecimal
 * form, forwards or backwards, in capitals or not, also where characters are escaped for JSON, a URL or HTML, and also where a trace is
 * spread over several pieces. Other bytes pass as they are. Only bytes that may begin a trace wait for the next piece, at most a few dozen, so events of a stream are not late.
 */
export class SecretScrubber {
  readonly #matcher: TraceMatcher
  #held: Buffer = NOTHING
  /** Characters at the beginning of what is held that belong to a trace. */
  #heldTrace = 0
  /** The last thing that was given out is the marker of a trace that may go on. */
  #inTrace = false

  constructor(matcher: TraceMatcher) {
    this.#matcher = matcher
  }

  /** A whole text without the traces in it. */
  text(text: string): string {
    if (this.#matcher.isEmpty) return text
    return Buffer.concat([this.push(Buffer.from(text)), this.end()]).toString()
  }

  /** What of the bytes so far may be given out. */
  push(chunk: Buffer): Buffer {
    return this.#matcher.isEmpty ? chunk : this.#scan(chunk, false)
  }

  /** The rest. Afterwards the scrubber may be used for other bytes. */
  end(): Buffer {
    if (this.#matcher.isEmpty) return NOTHING
    const rest = this.#scan(NOTHING, true)
    this.#inTrace = false
    return rest
  }

  #scan(chunk: Buffer, final: boolean): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const characters = readCharacters(bytes, final)
    const { starts, count, used } = characters
    const traces = new Uint8Array(count)
    traces.fill(1, 0, this.#heldTrace)
    this.#matcher.mark(characters, traces)
    const kept = final ? 0 : this.#matcher.mayBegin(characters)
    const given = count - kept
    const out = this.#give(bytes, characters, traces, given)
    const heldFrom = given < count ? (starts[given] ?? used) : used
    this.#held = final ? NOTHING : bytes.subarray(heldFrom)
    this.#heldTrace = final ? 0 : traces.subarray(given).filter(Boolean).length
    return out
  }

  #give(bytes: Buffer, { starts }: Characters, traces: Uint8Array, count: number): Buffer {
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
