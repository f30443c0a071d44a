import { bestOfGroups } from './best-of-groups.ts'
import { effectFactor } from './effect.ts'
import { Postings } from './postings.ts'
import { indexedEntry } from './search-entry.ts'
import type { IndexedEntry, SearchEntry } from './search-entry.ts'
import { QueryReader } from './query-terms.ts'
import type { QueryTerm } from './query-phrases.ts'
import { takeBest } from './take-best.ts'
import { TextFit } from './text-fit.ts'

/** How much more an entry counts when the query has all words of its name. */
const NAME_COVERED = 2
/** Above 1: a name that is covered in part counts less than its share. */
const COVERED_POWER = 1.5
/** A verb says less than a noun: what an operation does is counted by its effect too. */
const VERB_WEIGHT = 0.7
/** What a word that says little counts, however rare it is among operations. */
const FILLER_WEIGHT = 0.4
/** Hits with less than this share of the best score are omitted: they matched a part of a word by accident. */
const MIN_SHARE_OF_BEST = 0.15
const MAX_PER_GROUP = 2
/** The best ones, which are ordered by the fit of name and summary too. */
const REORDERED = 12

export interface SearchHit {
  readonly id: string
  /** Above 0 and below 1; comparable within one result only. */
  readonly score: number
}

/** By entry: its score, and the shares of the query and of its own name that were found; then the same for the current word alone. */
interface Scratch {
  readonly scores: Float64Array
  readonly found: Float64Array
  readonly named: Float64Array
  readonly best: Float64Array
  readonly share: Float64Array
  readonly name: Float64Array
}

/**
 * Ranked search over names, titles, descriptions, tags and parameters: BM25F (Robertson & Zaragoza, 2009: one weighted term frequency per
 * word over all fields), times the square root of the share of the query that was found, and more for a name that the query covers. Other
 * words of the thesaurus, beginnings of words and corrected typing errors count for less than the word itself. All in memory.
 */
export class SearchIndex {
  readonly #numbers = new Map<string, number>()
  readonly #entries: (IndexedEntry | undefined)[] = []
  readonly #free: number[] = []
  readonly #postings = new Postings()
  readonly #reader = new QueryReader(this.#postings)
  #scratch = scratchOf(1024)

  get size(): number {
    return this.#numbers.size
  }

  /** Adds an entry, or replaces the one of that id. */
  set(id: string, given: SearchEntry): void {
    this.delete(id)
    const entry = indexedEntry(id, given)
    const number = this.#free.pop() ?? this.#entries.length
    this.#entries[number] = entry
    this.#numbers.set(id, number)
    for (const words of entry.words) this.#postings.add(number, words)
  }

  /** Costs as much as the entry has words, however many entries there are. False if there was none. */
  delete(id: string): boolean {
    const number = this.#numbers.get(id)
    const entry = number === undefined ? undefined : this.#entries[number]
    if (number === undefined || entry === undefined) return false
    this.#numbers.delete(id)
    this.#entries[number] = undefined
    this.#free.push(number)
    for (const words of entry.words) this.#postings.remove(number, words.keys())
    return true
  }

  /**
   * The best `limit` of those that `accept` admits, best first. Entries that match no word of the query are omitted. `factorOf` multiplies the
   * score of an entry, for what is known of the caller.
   */
  search(
    query: string,
    limit = 20,
    accept: (id: string) => boolean = () => true,
    factorOf?: (id: string) => number,
  ): SearchHit[] {
    const { terms, effect } = this.#reader.read(query)
    const scratch = this.#scratchFor(this.#entries.length)
    const candidates: number[] = []
    let total = 0
    for (const term of terms) total += this.#score(term, scratch, candidates)
    this.#boostExact(query.trim(), scratch, candidates, total)
    const { scores, found, named } = scratch
    const words = new Set(terms.map(({ word }) => word))
    const whole = Math.max(total, Number.MIN_VALUE)
    for (const number of candidates) {
      const entry = this.#entries[number]
      const share = Math.min(1, (found[number] ?? 0) / whole)
      const ofName = named[number] ?? 0
      // Most candidates have no word of the query in their names, and powers are slow.
      const covered = ofName === 0 ? 1 : 1 + NAME_COVERED * Math.min(1, ofName) ** COVERED_POWER
      scores[number] =
        (scores[number] ?? 0) *
        Math.sqrt(share) *
        covered *
        priorOf(entry, words) *
        effectFactor(effect, entry?.effect)
    }
    if (factorOf !== undefined)
      for (const number of candidates)
        scores[number] = (scores[number] ?? 0) * factorOf(this.#entries[number]?.id ?? '')
    const near = this.#near(candidates, Math.max(limit, REORDERED), scores, accept)
    const ordered = this.#byText(near, terms, scores).slice(0, limit)
    const results = ordered.map((number) => {
      const score = scores[number] ?? 0
      return {
        id: this.#entries[number]?.id ?? '',
        score: Math.round((score / (score + 4)) * 1e4) / 1e4,
      }
    })
    for (const number of candidates) {
      scores[number] = 0
      found[number] = 0
      named[number] = 0
    }
    return results
  }

  /** The best ones again, in the order of their scores and of how well name and summary fit. */
  #byText(near: readonly number[], terms: readonly QueryTerm[], scores: Float64Array): number[] {
    const fit = new TextFit(terms, (word) => rarityOf(this.size, this.#postings.count(word)))
    for (const number of near.slice(0, REORDERED)) {
      const entry = this.#entries[number]
      if (entry !== undefined) scores[number] = (scores[number] ?? 0) * fit.of(entry.texts)
    }
    const score = (number: number): number => scores[number] ?? 0
    const first = near.slice(0, REORDERED).toSorted((a, b) => score(b) - score(a))
    return [...first, ...near.slice(REORDERED)]
  }

  /** Most candidates are far behind the best one. They are examined only if the caller may not see the others. */
  #near(
    candidates: readonly number[],
    limit: number,
    scores: Float64Array,
    accept: (id: string) => boolean,
  ): number[] {
    const score = (number: number | undefined): number => scores[number ?? -1] ?? 0
    let top = 0
    for (const number of candidates) if (score(number) > top) top = score(number)
    const front = candidates.filter((number) => score(number) >= top * MIN_SHARE_OF_BEST)
    let taken = this.#best(front, limit, scores, accept)
    if (taken.length < limit) taken = this.#best(candidates, limit, scores, accept)
    return taken.filter((number) => score(number) >= score(taken[0]) * MIN_SHARE_OF_BEST)
  }

  #best(
    candidates: readonly number[],
    limit: number,
    scores: Float64Array,
    accept: (id: string) => boolean,
  ): number[] {
    const groups = new Map<string, number>()
    const before = (a: number, b: number): boolean => {
      const difference = (scores[a] ?? 0) - (scores[b] ?? 0)
      if (difference !== 0) return difference > 0
      return (this.#entries[a]?.id ?? '') < (this.#entries[b]?.id ?? '')
    }
    const visible = (number: number): boolean => accept(this.#entries[number]?.id ?? '')
    const groupOf = (number: number): string | undefined => this.#entries[number]?.group
    const kept = bestOfGroups(candidates, groupOf, MAX_PER_GROUP, before, visible)
    return takeBest(kept, limit, before, (number) => {
      const entry = this.#entries[number]
      if (entry === undefined) return false
      const same = groups.get(entry.group) ?? 0
      if (same >= MAX_PER_GROUP || !accept(entry.id)) return false
      groups.set(entry.group, same + 1)
      return true
    })
  }

  /** Arrays that are all zero between searches. */
  #scratchFor(size: number): Scratch {
    if (this.#scratch.scores.length < size) this.#scratch = scratchOf(size * 2)
    return this.#scratch
  }

  /** Adds one word of the query, to each entry the best of its matches. Returns how much the word tells the entries apart. */
  #score(
    { matches, assumed, verb, filler }: QueryTerm,
    scratch: Scratch,
    candidates: number[],
  ): number {
    const { scores, found, named, best, share, name } = scratch
    const touched: number[] = []
    for (const [text, factor] of matches) {
      const posting = this.#postings.get(text)
      if (posting === undefined) continue
      const { entries, weights, names } = posting
      for (let at = 0; at < entries.length; at++) {
        const number = entries[at] ?? 0
        const value = factor * (weights[at] ?? 0)
        const ofName = factor * factor * (names[at] ?? 0)
        if (best[number] === 0) touched.push(number)
        if (value > (best[number] ?? 0)) best[number] = value
        if (factor > (share[number] ?? 0)) share[number] = factor
        if (ofName > (name[number] ?? 0)) name[number] = ofName
      }
    }
    let matched = 0
    for (const number of touched) matched += share[number] ?? 0
    const rarity = rarityOf(this.size, matched)
    const idf = filler ? rarity * FILLER_WEIGHT : verb ? rarity * VERB_WEIGHT : rarity
    for (const number of touched) {
      const before = scores[number] ?? 0
      if (assumed === undefined) {
        if (before === 0) candidates.push(number)
        scores[number] = before + idf * (best[number] ?? 0)
        found[number] = (found[number] ?? 0) + idf * (share[number] ?? 0)
        named[number] = (named[number] ?? 0) + (name[number] ?? 0)
      } else if (before > 0) scores[number] = before + assumed * idf * (best[number] ?? 0)
      best[number] = 0
      share[number] = 0
      name[number] = 0
    }
    return assumed === undefined ? idf : 0
  }

  /** A query that is the id of an operation finds it first. */
  #boostExact(
    query: string,
    { scores, found }: Scratch,
    candidates: number[],
    total: number,
  ): void {
    const number = this.#numbers.get(query)
    if (number === undefined) return
    if (scores[number] === 0) candidates.push(number)
    scores[number] = (scores[number] ?? 0) + 1000
    found[number] = total
  }
}

/** How much a word that is in `matched` entries tells them apart. */
function rarityOf(size: number, matched: number): number {
  return Math.log(1 + (size - matched + 0.5) / (matched + 0.5))
}

function priorOf(entry: IndexedEntry | undefined, words: ReadonlySet<string>): number {
  if (entry?.nameWords?.every((word) => words.has(word)) === true) return 1
  return entry?.prior ?? 1
}

function scratchOf(size: number): Scratch {
  const array = (): Float64Array => new Float64Array(size)
  return {
    scores: array(),
    found: array(),
    named: array(),
    best: array(),
    share: array(),
    name: array(),
  }
}
