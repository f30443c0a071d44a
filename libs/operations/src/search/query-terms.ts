import { isVerb } from './effect-verbs.ts'
import { isQuestion, numberOf, verbOf } from './effect.ts'
import { asksForFacts, canBeVerb } from './query-roles.ts'
import type { Effect } from './effect-verbs.ts'
import { literalKinds, withoutIdentifiers } from './literals.ts'
import { neighborsOf } from './neighbors.ts'
import type { Postings } from './postings.ts'
import { matchIdiom, matchLiteralWords, raise } from './query-idioms.ts'
import { addCaller, countOnce, phrasesOf } from './query-phrases.ts'
import type { QueryTerm } from './query-phrases.ts'
import { Spelling } from './spelling.ts'
import type { Corrections } from './spelling.ts'
import { alternativesOf, isThesaurusWord, thesaurusWords } from './thesaurus.ts'
import type { Phrase } from './phrase-tree.ts'
import { isFiller, isStopWord, stem, wordsOf } from './tokens.ts'

const MAX_QUERY_WORDS = 32
const MAX_QUERY_LENGTH = 1000
/** Weight of the verb `list` in a query without a verb, and of `check` in a question that is answered by yes or no. */
const ASSUMED_VERB = 0.3
const PREFIX_WEIGHT = 0.5
/** What the kind of a value counts, compared with its name. */
const LITERAL_WEIGHT = 0.75
/** A word that is near by its use in texts. */
const NEIGHBOR_WEIGHT = 0.25
/** What the other words for a word of a phrase count: `load` of a load balancer does not mean get. */
const PART_OF_PHRASE = 0.3
const MISSPELLED_WEIGHT = 0.85
/** Words whose matches are remembered. */
const MAX_KNOWN = 2000
/** Shorter words are not corrected. */
const MIN_CORRECTED = 4
const MAX_CORRECTIONS = 3
/** The shortest beginning of a word that finds it, and the shortest half of a joined word. */
const MIN_PART = 3

export interface ReadQuery {
  readonly terms: readonly QueryTerm[]
  /** By the words of the index that match: the term that each matches best. */
  readonly owners: ReadonlyMap<string, QueryTerm>
  /** All its words but those that identify nothing, corrected. */
  readonly words: readonly string[]
  /** Its words as they are written, separated by spaces. */
  readonly text: string
  /** Whether it speaks of what the caller has. */
  readonly ofCaller: boolean
  /** What the query asks for. */
  readonly effect: Effect | undefined
}

/** Reads queries by the words of an index. */
export class QueryReader {
  readonly #postings: Postings
  readonly #known = new Map<string, ReadonlyMap<string, number>>()
  readonly #corrected = new Map<string, Corrections>()
  #spelling: Spelling | undefined
  #version = -1

  constructor(postings: Postings) {
    this.#postings = postings
  }

  /** The words of a query, at most 32, each once, without those that identify nothing. */
  read(query: string): ReadQuery {
    this.#forgetIfChanged()
    const text = query.slice(0, MAX_QUERY_LENGTH)
    const all = wordsOf(withoutIdentifiers(text)).slice(0, 2 * MAX_QUERY_WORDS)
    const stems = all.map(stem)
    const terms = new Map<string, QueryTerm>()
    const termOf = (word: string, at: number): QueryTerm => {
      let term = terms.get(word)
      if (term === undefined) {
        term = {
          word,
          verb: isVerb(word) && canBeVerb(all, at),
          filler: isFiller(word) || asksForFacts(all, at),
          matches: new Map(this.#matchesOf(word)),
        }
        terms.set(word, term)
      }
      return term
    }
    const phrases = phrasesOf(stems)
    const consumed = new Set<number>()
    for (const found of phrases) matchIdiom(found, this.#postings, terms, consumed)
    for (const [at, word] of all.entries()) {
      const stemmed = stems[at] ?? ''
      if (terms.size >= MAX_QUERY_WORDS) break
      if (consumed.has(at)) continue
      const next = stems[at + 1]
      const joined = next === undefined ? '' : stem(`${word}${all[at + 1] ?? ''}`)
      if (joined.length > 2 * MIN_PART - 2 && this.#isKnown(joined)) {
        for (const [offset, part] of [stemmed, next ?? ''].entries()) {
          if (isStopWord(all[at + offset] ?? '')) continue
          const { matches } = termOf(part, at + offset)
          for (const [other, factor] of this.#matchesOf(joined)) raise(matches, other, factor)
        }
      }
      if (isStopWord(word)) continue
      const halves = this.#isKnown(stemmed) ? undefined : this.#halves(word)
      for (const part of halves ?? [stemmed]) termOf(part, at)
    }
    for (const { phrase, positions } of phrases) {
      if (phrase.idiom) matchLiteralWords(phrase, this.#postings, terms)
      else this.#matchPhrase(phrase, positions, all, terms)
    }
    for (const kind of literalKinds(text)) {
      if (terms.has(kind)) continue
      const matches = new Map<string, number>()
      for (const [other, factor] of this.#matchesOf(kind))
        matches.set(other, factor * LITERAL_WEIGHT)
      terms.set(kind, { word: kind, verb: false, matches })
    }
    const owners = countOnce(terms)
    const ofCaller = addCaller(all, terms)
    if (isQuestion(all) && !terms.has('check'))
      terms.set('check', {
        word: 'check',
        verb: true,
        assumed: ASSUMED_VERB,
        matches: new Map([['check', 1]]),
      })
    const spelled = stems.map((word) => this.#spelled(word))
    const verb = verbOf(all, spelled, phrases)
    // A query without a verb names things: those who write it most often want to see them.
    const number = numberOf(text, all)
    if (verb === undefined && number !== 'one' && terms.size > 0 && !terms.has('list'))
      terms.set('list', {
        word: 'list',
        verb: true,
        matches: new Map(this.#matchesOf('list')),
        assumed: ASSUMED_VERB,
      })
    const reads =
      verb === undefined
        ? number !== undefined
        : verb.effect === 'read' || (verb.effect === 'many' && number === 'one')
    // What a query implies is said as well: `my account` says `me`.
    for (const term of terms.values())
      if (term.assumed !== undefined)
        for (const word of term.matches.keys()) if (!owners.has(word)) owners.set(word, term)
    return {
      terms: [...terms.values()],
      owners,
      words: spelled.filter((_, at) => !isStopWord(all[at] ?? '')),
      text: all.join(' '),
      ofCaller,
      effect: reads ? (number ?? 'read') : verb?.effect,
    }
  }

  /** A phrase adds its other words to each of its words, or is a term of its own when it has none that identify anything. */
  #matchPhrase(
    phrase: Phrase,
    positions: readonly number[],
    all: readonly string[],
    terms: Map<string, QueryTerm>,
  ): void {
    const own = phrase.words.filter((_, offset) => !isStopWord(all[positions[offset] ?? 0] ?? ''))
    const text = phrase.words.join(' ')
    if (own.length === 0) terms.set(text, { word: text, verb: false, matches: new Map() })
    for (const word of own.length === 0 ? [text] : own) {
      const term = terms.get(word)
      if (term === undefined) continue
      if (own.length > 1)
        for (const [other, factor] of term.matches)
          if (other !== word) term.matches.set(other, factor * PART_OF_PHRASE)
      for (const [other, factor] of phrase.alternatives)
        if (this.#postings.has(other)) raise(term.matches, other, factor)
    }
  }

  /** The word itself, its other words, what begins with it, and if it is not known, the words that are spelled alike. */
  #matchesOf(word: string): ReadonlyMap<string, number> {
    const known = this.#known.get(word)
    if (known !== undefined) return known
    const matches = new Map<string, number>()
    this.#matchKnown(matches, word, 1)
    const near = this.#postings.has(word) ? [] : neighborsOf(word)
    if (near.length > 0) {
      for (const other of near) raise(matches, other, NEIGHBOR_WEIGHT)
    } else if (!this.#isKnown(word) && matches.size === 1) {
      for (const near of this.#corrections(word)) this.#matchKnown(matches, near, MISSPELLED_WEIGHT)
    }
    for (const other of matches.keys()) if (!this.#postings.has(other)) matches.delete(other)
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(word, matches)
    return matches
  }

  /** What is remembered of words holds for the words of the index at that time. */
  #forgetIfChanged(): void {
    if (this.#version === this.#postings.vocabularyVersion) return
    this.#version = this.#postings.vocabularyVersion
    this.#known.clear()
    this.#corrected.clear()
    this.#spelling = undefined
  }

  #matchKnown(matches: Map<string, number>, word: string, factor: number): void {
    raise(matches, word, factor)
    for (const [other, weight] of alternativesOf(word)) raise(matches, other, factor * weight)
    if (word.length < (this.#postings.has(word) ? MIN_PART + 1 : MIN_PART)) return
    for (const longer of this.#postings.longerThan(word))
      raise(matches, longer, factor * PREFIX_WEIGHT)
  }

  #isKnown(word: string): boolean {
    return this.#postings.has(word) || isThesaurusWord(word)
  }

  #spelled(word: string): string {
    return this.#isKnown(word) ? word : (this.#corrections(word)[0] ?? word)
  }

  #corrections(word: string): readonly string[] {
    if (word.length < MIN_CORRECTED) return []
    const { words } = this.#nearest(word)
    const counted = words.map((near) => [near, this.#postings.count(near)] as const)
    return counted
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, MAX_CORRECTIONS)
      .map(([near]) => near)
  }

  /** Two known words that were written as one. A single typing error is the likelier reason for a word that is not known. */
  #halves(word: string): readonly string[] | undefined {
    if (word.length < 2 * MIN_PART) return undefined
    const { words, errors } = this.#nearest(stem(word))
    if (words.length > 0 && errors <= 1) return undefined
    let best: readonly string[] | undefined
    let most = 0
    for (let cut = MIN_PART; cut <= word.length - MIN_PART; cut++) {
      const halves = [stem(word.slice(0, cut)), stem(word.slice(cut))]
      const least = Math.min(...halves.map((half) => this.#postings.count(half)))
      if (least > most) [best, most] = [halves, least]
    }
    return best
  }

  /** The final e of a short word is not in the index if the correct word is longer. */
  #nearest(word: string): Corrections {
    const known = this.#corrected.get(word)
    if (known !== undefined) return known
    let found = this.#speller().nearest(word)
    if (found.words.length === 0 && word.endsWith('e') && word.length >= MIN_CORRECTED)
      found = this.#speller().nearest(word.slice(0, -1))
    if (this.#corrected.size >= MAX_KNOWN) this.#corrected.clear()
    this.#corrected.set(word, found)
    return found
  }

  #speller(): Spelling {
    return (this.#spelling ??= new Spelling(
      new Set([...this.#postings.words(), ...thesaurusWords()]),
    ))
  }
}
