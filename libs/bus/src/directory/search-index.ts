import type { StoredEntry } from './registry-store.ts'
import { synonymsOf, tokens } from './tokens.ts'
import { takeBest } from './take-best.ts'

/** Weight of a word by the field that contains it. */
const FIELD_WEIGHTS = { name: 4, title: 3, namespace: 2.5, tags: 2, owner: 1.5, description: 1 }
/** BM25: how soon repetition stops counting, and how strongly long texts are penalized. */
const K1 = 1.4
const B = 0.6
const SYNONYM_WEIGHT = 0.45
const PREFIX_WEIGHT = 0.6
const MIN_PREFIX = 3
const MAX_PREFIX_WORDS = 24
/** A spoke's own copy of an operation comes after the pool that stands for all of them. */
const PINNED_WEIGHT = 0.85
/** The hub's own operations come after what spokes offer, unless the query has all words of their names. */
const SERVICE_WEIGHT = 0.4
/** Hits with less than this share of the best score are omitted: they matched a part of a word by accident. */
const MIN_SHARE_OF_BEST = 0.15
/** Maximum number shown of operations that differ only in their spoke. */
const MAX_ALIKE = 2

interface Doc {
  readonly id: string
  readonly alike: string
  readonly words: ReadonlyMap<string, number>
  readonly length: number
  readonly prior: number
  /** The words of the name, where `prior` does not count for a query that has them all. */
  readonly nameWords?: readonly string[]
}

/** By document: its score so far, how many words were found, and both for the word at hand. */
interface Scratch {
  readonly scores: Float64Array
  readonly found: Float64Array
  readonly best: Float64Array
  readonly share: Float64Array
}

/**
 * Ranked search over names, titles, descriptions and tags: BM25F (Robertson & Zaragoza, 2009: one weighted term frequency per
 * word over all fields), times the square root of the share of the query's words that were found. Synonyms of common verbs and
 * beginnings of words count for less than the word itself. All in memory.
 */
export class SearchIndex {
  readonly #docs = new Map<string, number>()
  readonly #byNumber: (Doc | undefined)[] = []
  readonly #free: number[] = []
  readonly #postings = new Map<string, Map<number, number>>()
  #totalLength = 0
  #vocabulary: readonly string[] | undefined
  #scratch = scratchOf(1024)

  get size(): number {
    return this.#docs.size
  }

  add(entry: StoredEntry): void {
    this.remove(entry.operationId)
    const doc = describe(entry)
    const number = this.#free.pop() ?? this.#byNumber.length
    this.#byNumber[number] = doc
    this.#docs.set(doc.id, number)
    this.#totalLength += doc.length
    for (const [word, weight] of doc.words) {
      let posting = this.#postings.get(word)
      if (posting === undefined) {
        posting = new Map()
        this.#postings.set(word, posting)
        this.#vocabulary = undefined
      }
      posting.set(number, weight)
    }
  }

  remove(id: string): void {
    const number = this.#docs.get(id)
    const doc = number === undefined ? undefined : this.#byNumber[number]
    if (number === undefined || doc === undefined) return
    this.#docs.delete(id)
    this.#byNumber[number] = undefined
    this.#free.push(number)
    this.#totalLength -= doc.length
    for (const word of doc.words.keys()) {
      const posting = this.#postings.get(word)
      posting?.delete(number)
      if (posting?.size === 0) {
        this.#postings.delete(word)
        this.#vocabulary = undefined
      }
    }
  }

  /** The best `limit` of those that `accept` lets through, with scores from 1 (best possible here) down to 0. */
  search(
    query: string,
    limit: number,
    accept: (id: string) => boolean,
  ): { readonly id: string; readonly score: number }[] {
    const words = [...new Set(tokens(query))].slice(0, 32)
    const scratch = this.#scratchFor(this.#byNumber.length)
    const candidates: number[] = []
    for (const word of words) this.#score(word, scratch, candidates)
    this.#boostExact(query.trim(), scratch, candidates, words.length)
    const { scores, found } = scratch
    for (const number of candidates) {
      const share = Math.min(1, (found[number] ?? 0) / Math.max(1, words.length))
      const prior = priorOf(this.#byNumber[number], words)
      scores[number] = (scores[number] ?? 0) * Math.sqrt(share) * prior
    }
    const used = [...candidates]
    const alike = new Map<string, number>()
    const taken = takeBest(
      candidates,
      limit,
      (a, b) => this.#before(a, b, scores),
      (number) => {
        const doc = this.#byNumber[number]
        if (doc === undefined) return false
        const same = alike.get(doc.alike) ?? 0
        if (same >= MAX_ALIKE || !accept(doc.id)) return false
        alike.set(doc.alike, same + 1)
        return true
      },
    )
    const least = (scores[taken[0] ?? -1] ?? 0) * MIN_SHARE_OF_BEST
    const near = taken.filter((number) => (scores[number] ?? 0) >= least)
    const results = near.map((number) => {
      const score = scores[number] ?? 0
      return {
        id: this.#byNumber[number]?.id ?? '',
        score: Math.round((score / (score + 4)) * 1e4) / 1e4,
      }
    })
    for (const number of used) {
      scores[number] = 0
      found[number] = 0
    }
    return results
  }

  /** Arrays that are all zero between searches. */
  #scratchFor(size: number): Scratch {
    if (this.#scratch.scores.length < size) this.#scratch = scratchOf(size * 2)
    return this.#scratch
  }

  #before(a: number, b: number, scores: Float64Array): boolean {
    const difference = (scores[a] ?? 0) - (scores[b] ?? 0)
    if (difference !== 0) return difference > 0
    return (this.#byNumber[a]?.id ?? '') < (this.#byNumber[b]?.id ?? '')
  }

  /** Adds one word of the query: itself, what begins with it, and its synonyms. Each document gets the best of them. */
  #score(word: string, { scores, found, best, share }: Scratch, candidates: number[]): void {
    const touched: number[] = []
    const average = this.#totalLength / Math.max(1, this.#docs.size)
    const take = (term: string, factor: number): void => {
      const posting = this.#postings.get(term)
      if (posting === undefined) return
      const idf = Math.log(1 + (this.#docs.size - posting.size + 0.5) / (posting.size + 0.5))
      for (const [number, weight] of posting) {
        const length = this.#byNumber[number]?.length ?? average
        const norm = K1 * (1 - B + (B * length) / average)
        const value = (factor * idf * weight * (K1 + 1)) / (weight + norm)
        if (best[number] === 0) touched.push(number)
        if (value > (best[number] ?? 0)) best[number] = value
        if (factor > (share[number] ?? 0)) share[number] = factor
      }
    }
    take(word, 1)
    for (const other of synonymsOf(word)) take(other, SYNONYM_WEIGHT)
    if (word.length >= MIN_PREFIX) {
      for (const longer of this.#beginning(word)) take(longer, PREFIX_WEIGHT)
    }
    for (const number of touched) {
      if (scores[number] === 0) candidates.push(number)
      scores[number] = (scores[number] ?? 0) + (best[number] ?? 0)
      found[number] = (found[number] ?? 0) + (share[number] ?? 0)
      best[number] = 0
      share[number] = 0
    }
  }

  /** Words of the vocabulary that begin with `word` and are longer. */
  #beginning(word: string): readonly string[] {
    const vocabulary = (this.#vocabulary ??= [...this.#postings.keys()].toSorted())
    let low = 0
    let high = vocabulary.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((vocabulary[middle] ?? '') <= word) low = middle + 1
      else high = middle
    }
    const found: string[] = []
    for (let at = low; at < vocabulary.length && found.length < MAX_PREFIX_WORDS; at++) {
      const term = vocabulary[at] ?? ''
      if (!term.startsWith(word)) break
      found.push(term)
    }
    return found
  }

  /** A query that is the id of an operation finds it first. */
  #boostExact(
    query: string,
    { scores, found }: Scratch,
    candidates: number[],
    words: number,
  ): void {
    const number = this.#docs.get(query)
    if (number === undefined) return
    if (scores[number] === 0) candidates.push(number)
    scores[number] = (scores[number] ?? 0) + 1000
    found[number] = words
  }
}

function priorOf(doc: Doc | undefined, words: readonly string[]): number {
  if (doc?.nameWords?.every((word) => words.includes(word)) === true) return 1
  return doc?.prior ?? 1
}

function scratchOf(size: number): Scratch {
  const array = (): Float64Array => new Float64Array(size)
  return { scores: array(), found: array(), best: array(), share: array() }
}

const PRIORS: Partial<Record<StoredEntry['kind'], number>> = {
  spoke: PINNED_WEIGHT,
  service: SERVICE_WEIGHT,
}

function describe(entry: StoredEntry): Doc {
  const { spec, operationId, kind } = entry
  const words = new Map<string, number>()
  let length = 0
  const add = (text: string | undefined, weight: number): void => {
    if (text === undefined) return
    for (const word of tokens(text)) {
      words.set(word, (words.get(word) ?? 0) + weight)
      length++
    }
  }
  add(spec.name, FIELD_WEIGHTS.name)
  add(spec.namespace, FIELD_WEIGHTS.namespace)
  add(spec.title, FIELD_WEIGHTS.title)
  add(spec.description, FIELD_WEIGHTS.description)
  for (const tag of spec.tags ?? []) add(tag, FIELD_WEIGHTS.tags)
  const own = `${spec.namespace}.${spec.name}`
  if (kind === 'spoke') add(entry.providers[0]?.spokeName, FIELD_WEIGHTS.owner)
  if (kind === 'client') add(operationId.split('.')[0], FIELD_WEIGHTS.owner)
  return {
    id: operationId,
    alike: kind === 'spoke' || kind === 'pool' ? own : operationId,
    words,
    length,
    prior: PRIORS[kind] ?? 1,
    ...(kind === 'service' && { nameWords: tokens(own) }),
  }
}
