import { runAtOnce } from '@alkdev/std'
import { bestOfGroups } from './best-of-groups.ts'
import { effectFactor } from './effect.ts'
import { Examined } from './examined.ts'
import { Postings } from './postings.ts'
import { indexedEntry } from './search-entry.ts'
import type { IndexedEntry, SearchEntry } from './search-entry.ts'
import { QueryReader } from './query-terms.ts'
import { rarityOf, scoreTerm, scratchOf } from './score-term.ts'
import type { Scratch } from './score-term.ts'
import { takeBestSteps } from './take-best.ts'
import { TextFit } from './text-fit.ts'
import type { Asked } from './text-fit.ts'

/** How much more an entry counts when the query has all words of its name. */
const NAME_COVERED = 2
/** Above 1: a name that is covered in part counts less than its share. */
const COVERED_POWER = 1.5
/** Hits with less than this share of the best score are omitted: they matched a part of a word by accident. */
const MIN_SHARE_OF_BEST = 0.15
const MAX_PER_GROUP = 2
/** Up to this number are compared with each other, whatever their groups. */
const FEW = 512
/** The best ones, which are ordered by the fit of name and summary too. */
const REORDERED = 12

export interface SearchHit {
  readonly id: string
  /** Above 0 and below 1; comparable within one result only. */
  readonly score: number
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
  /** Numbers that were freed while a search ran: it must not take the entry that gets one of them for the former one. */
  #freed: number[] = []
  #searching = 0
  readonly #postings = new Postings()
  readonly #reader = new QueryReader(this.#postings)
  /** All zero, between two searches. */
  #scratch: Scratch | undefined

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
    ;(this.#searching === 0 ? this.#free : this.#freed).push(number)
    for (const words of entry.words) this.#postings.remove(number, words.keys())
    return true
  }

  /**
   * The best `limit` of those that `accept` admits, best first. Entries that match no word of the query are omitted. `factorOf` multiplies the
   * score of an entry, for what is known of the caller.
   */
  search(
    query: string,
    limit?: number,
    accept?: (id: string) => boolean,
    factorOf?: (id: string) => number,
  ): SearchHit[] {
    return runAtOnce(this.searchSteps(query, limit, accept, factorOf))
  }

  /**
   * The same in steps, each of which examines some thousand entries. Entries may be set and deleted between two of them: one that is set meanwhile may be
   * found or not. Each search that has begun and not ended holds memory for every entry.
   */
  *searchSteps(
    query: string,
    limit = 20,
    accept: (id: string) => boolean = () => true,
    factorOf?: (id: string) => number,
  ): Generator<void, SearchHit[]> {
    const scratch = this.#takeScratch(this.#entries.length)
    this.#searching += 1
    let isZero = false
    try {
      const examined = new Examined()
      const { terms, owners, effect } = this.#reader.read(query)
      const candidates: number[] = []
      let total = 0
      const indexed = { postings: this.#postings, size: this.size }
      for (const term of terms)
        total += yield* scoreTerm(term, indexed, scratch, candidates, examined)
      this.#boostExact(query.trim(), scratch, candidates, total)
      const { scores, found, named } = scratch
      const words = new Set(terms.map(({ word }) => word))
      const whole = Math.max(total, Number.MIN_VALUE)
      yield* examined.each(candidates.length, (from, to) => {
        for (let at = from; at < to; at++) {
          const number = candidates[at] ?? -1
          const entry = this.#entries[number]
          const share = Math.min(1, (found[number] ?? 0) / whole)
          const ofName = named[number] ?? 0
          // Most candidates have no word of the query in their names, and powers are slow.
          const covered = ofName === 0 ? 1 : 1 + NAME_COVERED * Math.min(1, ofName) ** COVERED_POWER
          const score =
            (scores[number] ?? 0) *
            Math.sqrt(share) *
            covered *
            priorOf(entry, words) *
            effectFactor(effect, entry?.effect)
          scores[number] = factorOf === undefined ? score : score * factorOf(entry?.id ?? '')
        }
      })
      const most = Math.max(limit, REORDERED)
      const near = yield* this.#near(candidates, most, scores, accept, examined)
      const ordered = this.#byText(near, { terms, owners }, scores).slice(0, limit)
      const results = ordered.map((number) => {
        const score = scores[number] ?? 0
        return {
          id: this.#entries[number]?.id ?? '',
          score: Math.round((score / (score + 4)) * 1e4) / 1e4,
        }
      })
      yield* examined.each(candidates.length, (from, to) => {
        for (let at = from; at < to; at++) {
          const number = candidates[at] ?? -1
          scores[number] = 0
          found[number] = 0
          named[number] = 0
        }
      })
      isZero = true
      return results
    } finally {
      this.#searching -= 1
      if (this.#searching === 0) {
        for (const number of this.#freed) this.#free.push(number)
        this.#freed = []
      }
      if (isZero) this.#scratch = scratch
    }
  }

  /** The best ones again, in the order of their scores and of how well name and summary fit. */
  #byText(near: readonly number[], query: Asked, scores: Float64Array): number[] {
    const fit = new TextFit(query, (word) => rarityOf(this.size, this.#postings.count(word)))
    for (const number of near.slice(0, REORDERED)) {
      const entry = this.#entries[number]
      if (entry !== undefined) scores[number] = (scores[number] ?? 0) * fit.of(entry.texts)
    }
    const score = (number: number): number => scores[number] ?? 0
    const first = near.slice(0, REORDERED).toSorted((a, b) => score(b) - score(a))
    return [...first, ...near.slice(REORDERED)]
  }

  /** Most candidates are far behind the best one. They are examined only if the caller may not see the others. */
  *#near(
    candidates: readonly number[],
    limit: number,
    scores: Float64Array,
    accept: (id: string) => boolean,
    examined: Examined,
  ): Generator<void, number[]> {
    const score = (number: number | undefined): number => scores[number ?? -1] ?? 0
    let top = 0
    yield* examined.each(candidates.length, (from, to) => {
      for (let at = from; at < to; at++) top = Math.max(top, score(candidates[at]))
    })
    const front: number[] = []
    yield* examined.each(candidates.length, (from, to) => {
      for (let at = from; at < to; at++) {
        const number = candidates[at] ?? -1
        if (score(number) >= top * MIN_SHARE_OF_BEST) front.push(number)
      }
    })
    let taken = yield* this.#best(front, limit, scores, accept, examined)
    if (taken.length < limit) taken = yield* this.#best(candidates, limit, scores, accept, examined)
    return taken.filter((number) => score(number) >= score(taken[0]) * MIN_SHARE_OF_BEST)
  }

  *#best(
    candidates: readonly number[],
    limit: number,
    scores: Float64Array,
    accept: (id: string) => boolean,
    examined: Examined,
  ): Generator<void, number[]> {
    const groups = new Map<string, number>()
    const before = (a: number, b: number): boolean => {
      const difference = (scores[a] ?? 0) - (scores[b] ?? 0)
      if (difference !== 0) return difference > 0
      return (this.#entries[a]?.id ?? '') < (this.#entries[b]?.id ?? '')
    }
    // An entry that was deleted while the search ran is not there.
    const visible = (number: number): boolean => {
      const entry = this.#entries[number]
      return entry !== undefined && accept(entry.id)
    }
    const groupOf = (number: number): string | undefined => this.#entries[number]?.group
    const kept =
      candidates.length <= FEW
        ? [...candidates]
        : yield* bestOfGroups(candidates, groupOf, MAX_PER_GROUP, before, visible, examined)
    const admit = (number: number): boolean => {
      const entry = this.#entries[number]
      if (entry === undefined) return false
      const same = groups.get(entry.group) ?? 0
      if (same >= MAX_PER_GROUP || !accept(entry.id)) return false
      groups.set(entry.group, same + 1)
      return true
    }
    return yield* takeBestSteps(kept, limit, before, admit, examined)
  }

  /** Arrays that are all zero, for one search. */
  #takeScratch(size: number): Scratch {
    const idle = this.#scratch
    this.#scratch = undefined
    if (idle !== undefined && idle.scores.length >= size) return idle
    return scratchOf(Math.max(1024, size * 2))
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

function priorOf(entry: IndexedEntry | undefined, words: ReadonlySet<string>): number {
  if (entry?.nameWords?.every((word) => words.has(word)) === true) return 1
  return entry?.prior ?? 1
}
