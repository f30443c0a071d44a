import type { Embed } from './request-embeddings.ts'
import type { Vector } from './vector.ts'

const MAX_LENGTH = 1000
/** Queries whose vectors are remembered. */
const MAX_KNOWN = 1000
/** Queries that are embedded at a time. */
const MAX_IN_FLIGHT = 32
/** After this number of failures in a row no query is embedded for `PAUSE_MS`, so that not every search waits for a model that does not answer. */
const MAX_FAILURES = 3
const PAUSE_MS = 30_000

export interface QueryVectorsParts {
  readonly embed: Embed
  readonly timeoutMs: number
  /** The first failure of a row. */
  readonly onFailed: (error: unknown) => void
  /** Milliseconds of a clock that never goes back. Default: that of the process. */
  readonly now?: () => number
}

/** The vectors of queries: remembered, or from the model within a deadline. */
export class QueryVectors {
  readonly #parts: QueryVectorsParts
  readonly #now: () => number
  readonly #known = new Map<string, Vector>()
  #inFlight = 0
  #failures = 0
  #pausedUntil = Number.NEGATIVE_INFINITY

  constructor(parts: QueryVectorsParts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
  }

  /** Undefined when there is none in time. Never rejects. */
  async of(query: string, signal: AbortSignal): Promise<Vector | undefined> {
    const text = query.trim().slice(0, MAX_LENGTH).toWellFormed()
    const known = this.#known.get(text)
    if (known !== undefined || text === '') return known
    if (this.#inFlight >= MAX_IN_FLIGHT || this.#now() < this.#pausedUntil) return undefined
    this.#inFlight += 1
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#parts.timeoutMs)])
      const [vector] = await this.#parts.embed([text], limit)
      this.#failures = 0
      if (vector !== undefined) this.#remember(text, vector)
      return vector
    } catch (error) {
      if (!signal.aborted) this.#onFailure(error)
      return undefined
    } finally {
      this.#inFlight -= 1
    }
  }

  #onFailure(error: unknown): void {
    if (this.#failures === 0) this.#parts.onFailed(error)
    this.#failures += 1
    if (this.#failures >= MAX_FAILURES) this.#pausedUntil = this.#now() + PAUSE_MS
  }

  #remember(text: string, vector: Vector): void {
    const [oldest] = this.#known.keys()
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(text, vector)
  }
}
