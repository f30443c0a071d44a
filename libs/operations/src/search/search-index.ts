import { runAtOnce } from '@alkdev/std'
import { bestEntries, MAX_PER_GROUP } from './best-entries.ts'
import { effectFactor } from './effect.ts'
import { Examined } from './examined.ts'
import { meaningOf, Meanings } from './meaning.ts'
import { nameFactor } from './names-entry.ts'
import { Postings } from './postings.ts'
import { QueryReader } from './query-terms.ts'
import type { ReadQuery } from './query-terms.ts'
import { placeFeature, rankingScore, wordsFeature } from './ranking.ts'
import type { Features } from './ranking.ts'
import { rarityOf, scoreTerm, scratchOf } from './score-term.ts'
import type { Scratch } from './score-term.ts'
import { indexedEntry } from './search-entry.ts'
import type { IndexedEntry, SearchEntry } from './search-entry.ts'
import { TextFit } from './text-fit.ts'
import type { EntryWords } from './text-fit.ts'

/** How much more an entry counts when the query has all words of its name. */
const NAME_COVERED = 2
/** What is added to the score of an entry whose id the query is. */
const EXACT = 1e6
/** A name of which the query leaves more than this is not examined for that. */
const MOSTLY_SAID = 0.6
/** The best ones by words, which are ordered again. */
const REORDERED = 12

/** An entry that may be among the results of a query. */
export interface Candidate {
  readonly id: string
  readonly score: number
  /** What its score is made of; not of those that are far behind. */
  readonly features: Features | undefined
}

interface Found {
  /** By words, best first. */
  readonly near: readonly number[]
  /** By meaning, nearest first. */
  readonly nearest: readonly number[]
  readonly meaning: Int8Array | undefined
  readonly read: ReadQuery
  /** The one whose id the query is. */
  readonly exact: number | undefined
}

export interface SearchHit {
  readonly id: string
  /** Above 0 and below 1; comparable within one result only. */
  readonly score: number
}

/**
 * Ranked search over names, titles, descriptions, tags and parameters: BM25F (Robertson & Zaragoza, 2009: one weighted term frequency per
 * word over all fields), times the square root of the share of the query that was found, and more for a name that the query covers. Other
 * words of the thesaurus, beginnings of words and corrected typing errors count for less than the word itself. The best ones, and those whose meaning is nearest to that of the
 * query, are ordered by what `ranking.ts` says. All in memory.
 */
export class SearchIndex {
  readonly #numbers = new Map<string, number>()
  readonly #entries: (IndexedEntry | undefined)[] = []
  readonly #words: (EntryWords | undefined)[] = []
  readonly #free: number[] = []
  /** Numbers that were freed while a search ran: it must not take the entry that gets one of them for the former one. */
  #freed: number[] = []
  #searching = 0
  readonly #postings = new Postings()
  readonly #meanings = new Meanings()
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
    this.#meanings.set(number, entry.meaning)
    const { namespace, name, summary } = entry.texts
    this.#words[number] = {
      namespace: this.#postings.refer(namespace),
      name: this.#postings.refer(name),
      summary: this.#postings.refer(summary),
    }
  }

  /** Costs as much as the entry has words, however many entries there are. False if there was none. */
  delete(id: string): boolean {
    const number = this.#numbers.get(id)
    const entry = number === undefined ? undefined : this.#entries[number]
    if (number === undefined || entry === undefined) return false
    this.#numbers.delete(id)
    this.#entries[number] = undefined
    this.#words[number] = undefined
    ;(this.#searching === 0 ? this.#free : this.#freed).push(number)
    for (const words of entry.words) this.#postings.remove(number, words.keys())
    this.#meanings.set(number, undefined)
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
    const found = yield* this.#searchSteps(query, limit, accept, factorOf)
    return found.slice(0, limit).map(({ id, score }) => ({
      id,
      score: Math.max(1, Math.round((score / (score + 4)) * 1e4)) / 1e4,
    }))
  }

  /** What the order of the results of a query is made of, for those who learn it. */
  candidates(query: string): readonly Candidate[] {
    return runAtOnce(this.#searchSteps(query, REORDERED, () => true))
  }

  *#searchSteps(
    query: string,
    limit: number,
    accept: (id: string) => boolean,
    factorOf?: (id: string) => number,
  ): Generator<void, Candidate[]> {
    const scratch = this.#takeScratch(this.#entries.length)
    this.#searching += 1
    let isZero = false
    try {
      const examined = new Examined()
      const read = this.#reader.read(query)
      const { terms, effect } = read
      const candidates: number[] = []
      let total = 0
      const indexed = { postings: this.#postings, size: this.size }
      for (const term of terms)
        total += yield* scoreTerm(term, indexed, scratch, candidates, examined)
      const exact = this.#boostExact(query.trim(), scratch, candidates, total)
      const { scores, found, named } = scratch
      const words = new Set(terms.map(({ word }) => word))
      const whole = Math.max(total, Number.MIN_VALUE)
      yield* examined.each(candidates.length, (from, to) => {
        for (let at = from; at < to; at++) {
          const number = candidates[at] ?? -1
          const entry = this.#entries[number]
          const share = Math.min(1, (found[number] ?? 0) / whole)
          const ofName = named[number] ?? 0
          // Most candidates have no word of the query in their names.
          const covered = ofName === 0 ? 1 : 1 + NAME_COVERED * coveredPower(Math.min(1, ofName))
          const score =
            (scores[number] ?? 0) *
            Math.sqrt(share) *
            covered *
            priorOf(entry, words) *
            effectFactor(effect, entry?.effect)
          scores[number] = factorOf === undefined ? score : score * factorOf(entry?.id ?? '')
        }
      })
      const choice = { entries: this.#entries, scores, accept, examined }
      const near = yield* bestEntries(candidates, Math.max(limit, REORDERED), choice)
      const meaning = meaningOf([[read.words, 1]])
      const nearest = meaning === undefined ? [] : yield* this.#meanings.nearest(meaning, choice)
      const likedOf = (entry: IndexedEntry): number =>
        priorOf(entry, words) * (factorOf?.(entry.id) ?? 1)
      const results = this.#ranked({ near, nearest, meaning, read, exact }, scores, likedOf)
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

  /** What was found by words and by meaning in one order, and what is far behind after them. */
  #ranked(
    { near, nearest, meaning, read, exact }: Found,
    scores: Float64Array,
    likedOf: (entry: IndexedEntry) => number,
  ): Candidate[] {
    const fit = new TextFit(read, (matched) => rarityOf(this.size, matched))
    const head = near.slice(0, REORDERED)
    const groupOf = (number: number): string => this.#entries[number]?.group ?? ''
    const groups = new Map<string, number>()
    const admit = (number: number): boolean => {
      const same = groups.get(groupOf(number)) ?? 0
      groups.set(groupOf(number), same + 1)
      return same < MAX_PER_GROUP
    }
    for (const number of near) admit(number)
    const others = nearest.filter(
      (number) => !head.includes(number) && (near.includes(number) || admit(number)),
    )
    const best = scores[near[0] ?? -1] ?? 0
    const ranked = [...head, ...others].flatMap((number, at) => {
      const entry = this.#entries[number]
      const own = this.#words[number]
      if (entry === undefined || own === undefined) return []
      const byMeaning = nearest.indexOf(number)
      const { nameSaysMore, summarySaysMore, nameEndsInQuery, nameHasObject, namespaceSaid } =
        fit.of(own)
      const features = {
        words: wordsFeature(scores[number] ?? 0, best),
        place: placeFeature(at < head.length ? at : undefined),
        meaning: meaning === undefined ? 0 : this.#meanings.nearness(number, meaning),
        meaningPlace: placeFeature(byMeaning === -1 ? undefined : byMeaning),
        effect: Math.log(effectFactor(read.effect, entry.effect)),
        nameSaysMore,
        summarySaysMore,
        nameEndsInQuery,
        nameHasObject,
        namespaceSaid,
      }
      // What ranks below others does so unless its whole name is said.
      const named =
        nameSaysMore < MOSTLY_SAID && (entry.prior === 1 || read.text === entry.texts.spelled)
          ? nameFactor(read, entry.texts, entry.effect)
          : 1
      const score = rankingScore(features) * likedOf(entry) * named
      return [{ id: entry.id, score: number === exact ? score + EXACT : score, features }]
    })
    const first = ranked.toSorted((a, b) => b.score - a.score)
    const last = first.at(-1)?.score ?? 0
    const lastByWords = scores[near[REORDERED - 1] ?? -1] ?? 0
    const rest = near.slice(REORDERED).filter((number) => !others.includes(number))
    const behind = rest.map((number) => ({
      id: this.#entries[number]?.id ?? '',
      score: (last * (scores[number] ?? 0)) / lastByWords,
      features: undefined,
    }))
    return [...first, ...behind]
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
  ): number | undefined {
    const number = this.#numbers.get(query)
    if (number === undefined) return undefined
    if (scores[number] === 0) candidates.push(number)
    scores[number] = (scores[number] ?? 0) + EXACT
    found[number] = total
    return number
  }
}

/** A name that is covered in part counts less than its share: the power 1.5, without a slow general power. */
function coveredPower(share: number): number {
  return share * Math.sqrt(share)
}

function priorOf(entry: IndexedEntry | undefined, words: ReadonlySet<string>): number {
  if (entry === undefined || entry.prior === 1) return 1
  if (entry.nameWords?.every((word) => words.has(word)) === true) return 1
  return entry.prior
}
