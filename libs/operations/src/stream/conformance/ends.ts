import type { Credit } from '../credit.ts'

/** What a reader gets: an item by its number, the end, or the error that ended the stream. */
export type Read =
  | { readonly item: number }
  | { readonly end: true }
  | { readonly code: string; readonly details: unknown }

/** The consumer's end of one stream, as the suite drives it. */
export interface ConsumerEnd {
  /** The item of this number arrives. */
  deliver(seq: number): void
  /** The end arrives, and says how many items there were. */
  complete(count: number): void
  read(): Promise<Read>
  /** Credits sent to the producer so far, oldest first. */
  readonly credits: readonly Credit[]
  /** Resolves when what was delivered and read has had its effect. */
  settle(): Promise<void>
  /** The producer continues on another connection. Absent where a stream ends with its connection. */
  move?(): void
}

/** The producer's end of one stream, as the suite drives it. */
export interface ProducerEnd {
  /** Produces this number of items and the end. Called once. */
  produce(items: number): void
  /** Numbers of the items sent so far, oldest first. */
  readonly sent: readonly number[]
  /** How many items the end said that there were; undefined before the end was sent. */
  readonly count: number | undefined
  /** A credit arrives. */
  grant(credit: Credit): void
  /** Resolves when all that may be sent has been sent. */
  settle(): Promise<void>
  /** The consumer continues on another connection: what was sent and not read may be sent again. Absent as above. */
  move?(): void
}

/** One test of the suite. `run` rejects when the sentence is not true. */
export interface StreamTest {
  readonly name: string
  readonly run: () => Promise<void>
}

/** Numbers from 0 to below 1 that depend on the seed alone (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** From `from` to `to`, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
}
