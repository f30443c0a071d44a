import type { Random } from './random.ts'

export interface Encoder {
  readonly dimensions: number
  /** A row for each word. */
  readonly vectors: Float32Array
  /** The logarithm of how much each word counts. */
  readonly weights: Float32Array
}

/** How sharply texts are distinguished. */
const SHARPNESS = 15
const RATE = 0.1
const RATE_OF_WEIGHTS = 0.03
/** Most texts of a batch are far from each other: smaller slopes are taken as none. */
const NO_SLOPE = 2e-6
/** Adagrad: the sums of squares at the beginning. */
const VECTOR_SQUARES = 1e-3
const WEIGHT_SQUARES = 1e-2

/** The texts of a batch as unit vectors: sums of the weighted vectors of their words. */
interface Embedded {
  readonly texts: readonly (readonly number[])[]
  readonly unit: Float32Array
  readonly norms: Float32Array
}

export function embed(
  { vectors, weights, dimensions }: Encoder,
  texts: readonly (readonly number[])[],
): Embedded {
  const unit = new Float32Array(texts.length * dimensions)
  const norms = new Float32Array(texts.length)
  for (const [row, words] of texts.entries()) {
    const to = row * dimensions
    for (const word of words) {
      const weight = Math.exp(weights[word] ?? 0)
      const from = word * dimensions
      for (let at = 0; at < dimensions; at++)
        unit[to + at] = (unit[to + at] ?? 0) + weight * (vectors[from + at] ?? 0)
    }
    let squares = 0
    for (let at = 0; at < dimensions; at++) squares += (unit[to + at] ?? 0) ** 2
    const norm = Math.sqrt(squares) + 1e-6
    norms[row] = norm
    for (let at = 0; at < dimensions; at++) unit[to + at] = (unit[to + at] ?? 0) / norm
  }
  return { texts, unit, norms }
}

/**
 * Learns vectors of words so that a text is nearer to the text that means the same than to the others of its batch (in-batch negatives in both directions), by
 * Adagrad with one rate for each word.
 */
export class Learner {
  readonly #encoder: Encoder
  readonly #squares: Float32Array
  readonly #weightSquares: Float32Array

  constructor(encoder: Encoder) {
    this.#encoder = encoder
    this.#squares = new Float32Array(encoder.weights.length).fill(VECTOR_SQUARES)
    this.#weightSquares = new Float32Array(encoder.weights.length).fill(WEIGHT_SQUARES)
  }

  /** One batch of pairs of texts, as the numbers of their words. Returns the loss before it. */
  step(batch: readonly (readonly [readonly number[], readonly number[]])[]): number {
    const { dimensions } = this.#encoder
    const size = batch.length
    const said = embed(
      this.#encoder,
      batch.map(([one]) => one),
    )
    const meant = embed(
      this.#encoder,
      batch.map(([, other]) => other),
    )
    const scores = new Float32Array(size * size)
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        let dot = 0
        const a = row * dimensions
        const b = column * dimensions
        for (let at = 0; at < dimensions; at++)
          dot += (said.unit[a + at] ?? 0) * (meant.unit[b + at] ?? 0)
        scores[row * size + column] = Math.exp(SHARPNESS * (dot - 1))
      }
    const ofRows = new Float64Array(size)
    const ofColumns = new Float64Array(size)
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const score = scores[row * size + column] ?? 0
        ofRows[row] = (ofRows[row] ?? 0) + score
        ofColumns[column] = (ofColumns[column] ?? 0) + score
      }
    let loss = 0
    const bySaid = new Float32Array(size * dimensions)
    const byMeant = new Float32Array(size * dimensions)
    for (let row = 0; row < size; row++) {
      loss -= Math.log((scores[row * size + row] ?? 0) / (ofRows[row] ?? 1) + 1e-12)
      for (let column = 0; column < size; column++) {
        const score = scores[row * size + column] ?? 0
        const share = (score / (ofRows[row] ?? 1) + score / (ofColumns[column] ?? 1)) / 2
        const slope = ((share - (row === column ? 1 : 0)) * SHARPNESS) / size
        if (Math.abs(slope) < NO_SLOPE) continue
        const a = row * dimensions
        const b = column * dimensions
        for (let at = 0; at < dimensions; at++) {
          bySaid[a + at] = (bySaid[a + at] ?? 0) + slope * (meant.unit[b + at] ?? 0)
          byMeant[b + at] = (byMeant[b + at] ?? 0) + slope * (said.unit[a + at] ?? 0)
        }
      }
    }
    this.#apply([
      [said, bySaid],
      [meant, byMeant],
    ])
    return loss / size
  }

  #apply(sides: readonly (readonly [Embedded, Float32Array])[]): void {
    const { dimensions, vectors, weights } = this.#encoder
    const slopes = new Map<number, { readonly vector: Float32Array; weight: number }>()
    for (const [{ texts, unit, norms }, given] of sides)
      for (const [row, words] of texts.entries()) {
        const from = row * dimensions
        let along = 0
        for (let at = 0; at < dimensions; at++)
          along += (given[from + at] ?? 0) * (unit[from + at] ?? 0)
        const own = new Float32Array(dimensions)
        for (let at = 0; at < dimensions; at++)
          own[at] = ((given[from + at] ?? 0) - (unit[from + at] ?? 0) * along) / (norms[row] ?? 1)
        for (const word of words) {
          let slope = slopes.get(word)
          if (slope === undefined)
            slopes.set(word, (slope = { vector: new Float32Array(dimensions), weight: 0 }))
          const weight = Math.exp(weights[word] ?? 0)
          let dot = 0
          for (let at = 0; at < dimensions; at++) {
            slope.vector[at] = (slope.vector[at] ?? 0) + weight * (own[at] ?? 0)
            dot += (own[at] ?? 0) * (vectors[word * dimensions + at] ?? 0)
          }
          slope.weight += weight * dot
        }
      }
    for (const [word, { vector, weight }] of slopes) {
      let squares = this.#squares[word] ?? 0
      for (const value of vector) squares += value * value
      this.#squares[word] = squares
      const rate = RATE / Math.sqrt(squares)
      for (let at = 0; at < dimensions; at++) {
        const place = word * dimensions + at
        vectors[place] = (vectors[place] ?? 0) - rate * (vector[at] ?? 0)
      }
      const all = (this.#weightSquares[word] ?? 0) + weight * weight
      this.#weightSquares[word] = all
      weights[word] = (weights[word] ?? 0) - (RATE_OF_WEIGHTS * weight) / Math.sqrt(all)
    }
  }
}

/** Vectors of length one to begin with: `given` where there is one, less their mean, else random ones. */
export function initialEncoder(
  words: readonly string[],
  dimensions: number,
  given: ReadonlyMap<string, Float32Array>,
  rarityOf: (word: string) => number,
  random: Random,
): Encoder {
  const mean = new Float64Array(dimensions)
  for (const vector of given.values())
    for (let at = 0; at < dimensions; at++)
      mean[at] = (mean[at] ?? 0) + (vector[at] ?? 0) / given.size
  const vectors = new Float32Array(words.length * dimensions)
  for (const [row, word] of words.entries()) {
    const known = given.get(word)
    const own = Float64Array.from(mean, (usual, at) =>
      known === undefined ? random.normal(1) : (known[at] ?? 0) - usual,
    )
    const norm = Math.hypot(...own)
    vectors.set(
      own.map((value) => value / norm),
      row * dimensions,
    )
  }
  const rarities = words.map(rarityOf)
  const usual = rarities.reduce((sum, rarity) => sum + rarity, 0) / words.length
  const weights = Float32Array.from(rarities, (rarity) => Math.log(rarity / usual + 0.05))
  return { dimensions, vectors, weights }
}
