import type { Directory, Nearest } from '@alkdev/bus'
import type { OperationSpec } from '@alkdev/operations'
import { takeBest } from '@alkdev/operations/search'
import { operationText } from './operation-text.ts'
import { similarityOf } from './vector.ts'
import type { Vector } from './vector.ts'
import { hashOf } from './vector-cache.ts'

/** Different texts of operations that have vectors; further ones are found by their words alone. */
const MAX_TEXTS = 20_000
/** Of operations with the same text, as offered by several spokes, this number is found. */
const MAX_PER_TEXT = 2

interface Text {
  readonly text: string
  readonly ids: string[]
  vector?: Vector
}

/** The texts of the operations of a process by their hash, and the vectors that are known of them. */
export class OperationVectors {
  readonly #directory: Pick<Directory, 'all' | 'revision'>
  /** Hashing is the costly part, and most changes concern the state of a provider. */
  readonly #hashes = new WeakMap<OperationSpec, string>()
  #texts = new Map<string, Text>()
  #revision = -1

  constructor(directory: Pick<Directory, 'all' | 'revision'>) {
    this.#directory = directory
  }

  /** Reads the operations again if they have changed. */
  follow(): void {
    const { revision } = this.#directory
    if (revision === this.#revision) return
    this.#revision = revision
    const texts = new Map<string, Text>()
    for (const { operationId, spec } of this.#directory.all()) {
      const hash = this.#hashOf(spec)
      const known = texts.get(hash)
      if (known !== undefined) known.ids.push(operationId)
      else if (texts.size < MAX_TEXTS) {
        const { text, vector } = this.#texts.get(hash) ?? { text: operationText(spec) }
        texts.set(hash, { text, ids: [operationId], ...(vector && { vector }) })
      }
    }
    this.#texts = texts
  }

  /** Hash and text of what has no vector yet. */
  missing(): [hash: string, text: string][] {
    return [...this.#texts].flatMap(([hash, { text, vector }]) =>
      vector === undefined ? [[hash, text] as [string, string]] : [],
    )
  }

  /** No operation has a vector yet. */
  get isEmpty(): boolean {
    return !this.#texts.values().some(({ vector }) => vector !== undefined)
  }

  add(vectors: ReadonlyMap<string, Vector>): void {
    for (const [hash, vector] of vectors) {
      const text = this.#texts.get(hash)
      if (text !== undefined) text.vector = vector
    }
  }

  /**
   * The operations near a query. Those that are nearer to the average than to the best one are omitted: every text is somewhat similar to every other, by
   * an amount that depends on the model.
   */
  nearest(query: Vector): Nearest {
    const texts: Text[] = []
    const scores: number[] = []
    let sum = 0
    for (const text of this.#texts.values()) {
      const score = text.vector && similarityOf(query, text.vector)
      if (score === undefined) continue
      texts.push(text)
      scores.push(score)
      sum += score
    }
    const mean = sum / Math.max(1, scores.length)
    const score = (at: number | undefined): number => scores[at ?? -1] ?? 0
    return (accept, limit) => {
      const own = new Map<number, string[]>()
      const taken = takeBest(
        [...scores.keys()],
        limit,
        (one, other) => score(one) > score(other),
        (at) => {
          const ids = (texts[at]?.ids ?? []).filter(accept).slice(0, MAX_PER_TEXT)
          own.set(at, ids)
          return ids.length > 0
        },
      )
      const least = (score(taken[0]) + mean) / 2
      return taken
        .filter((at) => score(at) >= least)
        .flatMap((at) => own.get(at) ?? [])
        .slice(0, limit)
    }
  }

  #hashOf(spec: OperationSpec): string {
    let hash = this.#hashes.get(spec)
    if (hash === undefined) {
      hash = hashOf(operationText(spec))
      this.#hashes.set(spec, hash)
    }
    return hash
  }
}
