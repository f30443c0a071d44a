import { parseJson } from '@alkdev/std'
import { REDACTED } from './secret-scrubber.ts'
import type { TextPlace } from './channel-text.ts'

/** Strings of one event that are looked at. */
const MAX_STRINGS = 1000

interface FoundString {
  /** Where it lies; entries of a list are named by their `index` when they have one. */
  readonly channel: string
  readonly text: string
  readonly place: TextPlace
}

/** One event of a stream: its lines as they came, and what of its strings is cut. */
export class StreamEvent {
  readonly #lines: Buffer
  readonly #cuts = new Map<(text: string) => void, { text: string; cut: Uint8Array }>()
  #data: unknown
  #isJson = true

  constructor(lines: Buffer) {
    this.#lines = lines
  }

  get bytes(): number {
    return this.#lines.length
  }

  /** Every string and number of its data; data that is not JSON is one string. */
  strings(): readonly FoundString[] {
    const text = this.#lines.toString()
    const data = text
      .split(/\r\n|\n|\r/)
      .flatMap((line) => (line.startsWith('data:') ? line.slice(5).replace(/^ /, '') : []))
      .join('\n')
    if (data === '') return []
    try {
      this.#data = parseJson(data)
    } catch {
      this.#data = data
      this.#isJson = false
    }
    const found: FoundString[] = []
    this.#walk(this.#data, '', (changed) => (this.#data = changed), found)
    return found
  }

  /** Its lines; without what was cut, as one line of data. */
  written(): Buffer {
    if (this.#cuts.size === 0) return this.#lines
    for (const [set, { text, cut }] of this.#cuts) set(without(text, cut))
    const data = this.#isJson ? JSON.stringify(this.#data) : String(this.#data)
    const others = this.#lines
      .toString()
      .split(/\r\n|\n|\r/)
      .filter((line) => line !== '' && !line.startsWith('data:'))
    return Buffer.from(
      [...others, ...data.split('\n').map((line) => `data: ${line}`), '', ''].join('\n'),
    )
  }

  #walk(value: unknown, channel: string, set: (text: string) => void, found: FoundString[]): void {
    if (found.length >= MAX_STRINGS) return
    if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value)
      const cut = (from: number, to: number): void => {
        const known = this.#cuts.get(set)
        const entry = known ?? { text, cut: new Uint8Array(Buffer.byteLength(text)) }
        entry.cut.fill(1, from, to)
        this.#cuts.set(set, entry)
      }
      found.push({ channel, text, place: { cut } })
      return
    }
    if (typeof value !== 'object' || value === null) return
    const parent = value as Record<string, unknown>
    for (const [key, child] of Object.entries(parent)) {
      const index = Array.isArray(value) ? (child as { index?: unknown } | null)?.index : undefined
      const name = typeof index === 'number' ? index : key
      this.#walk(child, `${channel}/${name}`, (text) => (parent[key] = text), found)
    }
  }
}

function without(text: string, cut: Uint8Array): string {
  const bytes = Buffer.from(text)
  const out: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    let to = at + 1
    while (to < bytes.length && cut[to] === cut[at]) to += 1
    out.push(cut[at] === 1 ? Buffer.from(REDACTED) : bytes.subarray(at, to))
    at = to
  }
  return Buffer.concat(out).toString()
}
