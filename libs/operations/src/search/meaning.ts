import { takeEntries } from './best-entries.ts'
import type { Choice } from './best-entries.ts'
import { DIMENSIONS, VECTORS, WORDS } from './vocabulary/word-vectors.ts'

/** The most entries that are found by their meaning. */
const MAX_NEAREST = 8
/** What a byte of 1 is. */
const BYTES = 200
/** Every text is somewhat near to every other. In the square of bytes. */
const LEAST_NEARNESS = 0.55 * BYTES * BYTES
/** Most entries are seen to be far after half of the dimensions. */
const HALF = DIMENSIONS / 2
const LEAST_OF_HALF = 0.13 * BYTES * BYTES

/** A byte says how large the numbers of a word are, in eight steps for each doubling. */
const SCALES = Float64Array.from({ length: 256 }, (_, byte) => 2 ** (byte / 8 - 24))

interface Loaded {
  readonly numbers: ReadonlyMap<string, number>
  readonly bytes: Int8Array
}

let loaded: Loaded | undefined

function load(): Loaded {
  const numbers = new Map<string, number>()
  for (const word of WORDS.trim().split(/\s+/)) numbers.set(word, numbers.size)
  const buffer = Buffer.from(VECTORS, 'base64')
  return { numbers, bytes: new Int8Array(buffer.buffer, buffer.byteOffset, buffer.length) }
}

/** Words of a text, and how much each of them counts. */
export type Weighted = readonly [words: readonly string[], factor: number]

/** The meaning of a text as a unit vector in bytes: the sum of the vectors of its stemmed words. Undefined if none of them has one. */
export function meaningOf(parts: readonly Weighted[]): Int8Array | undefined {
  const { numbers, bytes } = (loaded ??= load())
  const sum = new Float32Array(DIMENSIONS)
  for (const [words, factor] of parts)
    for (const word of words) {
      const number = numbers.get(word)
      if (number === undefined) continue
      const from = number * (DIMENSIONS + 1)
      const scale = factor * (SCALES[(bytes[from] ?? 0) & 255] ?? 0)
      for (let at = 0; at < DIMENSIONS; at++)
        sum[at] = (sum[at] ?? 0) + scale * (bytes[from + 1 + at] ?? 0)
    }
  let squares = 0
  for (let at = 0; at < DIMENSIONS; at++) squares += (sum[at] ?? 0) ** 2
  if (squares === 0) return undefined
  const scale = BYTES / Math.sqrt(squares)
  const meaning = new Int8Array(DIMENSIONS)
  for (let at = 0; at < DIMENSIONS; at++)
    meaning[at] = Math.round(Math.max(-127, Math.min(127, (sum[at] ?? 0) * scale)))
  return meaning
}

/** The meanings of entries by their numbers. */
export class Meanings {
  #rows = new Int8Array(0)

  set(number: number, meaning: Int8Array | undefined): void {
    const from = number * DIMENSIONS
    if (from + DIMENSIONS > this.#rows.length) {
      const more = new Int8Array(Math.max(64 * DIMENSIONS, 2 * (from + DIMENSIONS)))
      more.set(this.#rows)
      this.#rows = more
    }
    if (meaning === undefined) this.#rows.fill(0, from, from + DIMENSIONS)
    else this.#rows.set(meaning, from)
  }

  /** How near an entry is to a query, from -1 to 1. */
  nearness(number: number, query: Int8Array): number {
    return (this.#dot(number, query, 0) + this.#dot(number, query, HALF)) / (BYTES * BYTES)
  }

  /** By half of the dimensions, in the square of bytes. */
  #dot(number: number, query: Int8Array, from: number): number {
    const rows = this.#rows
    const row = number * DIMENSIONS
    let a = 0
    let b = 0
    for (let at = from; at < from + HALF; at += 4) {
      a =
        (a +
          Math.imul(rows[row + at] ?? 0, query[at] ?? 0) +
          Math.imul(rows[row + at + 1] ?? 0, query[at + 1] ?? 0)) |
        0
      b =
        (b +
          Math.imul(rows[row + at + 2] ?? 0, query[at + 2] ?? 0) +
          Math.imul(rows[row + at + 3] ?? 0, query[at + 3] ?? 0)) |
        0
    }
    return a + b
  }

  /** The entries whose meaning is nearest to that of a query, the nearest first, at most eight, and two of a group. */
  *nearest(
    query: Int8Array,
    { entries, accept, examined }: Omit<Choice, 'scores'>,
  ): Generator<void, number[]> {
    const scores = new Float64Array(entries.length)
    const near: number[] = []
    yield* examined.each(entries.length, (from, to) => {
      for (let number = from; number < to; number++) {
        const half = this.#dot(number, query, 0)
        if (half < LEAST_OF_HALF) continue
        const nearness = half + this.#dot(number, query, HALF)
        if (nearness < LEAST_NEARNESS) continue
        scores[number] = nearness
        near.push(number)
      }
    })
    return yield* takeEntries(near, MAX_NEAREST, { entries, scores, accept, examined })
  }
}
