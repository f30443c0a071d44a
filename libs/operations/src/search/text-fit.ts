import type { QueryTerm } from './query-phrases.ts'

/**
 * What is counted beside the words that match, as the logarithm of a factor. The numbers were learned (a conditional logit over the best results) from the
 * queries to tune on.
 */
const NAME_SAYS_MORE = -0.25
const SUMMARY_SAYS_MORE = -0.45
const NAME_ENDS_IN_QUERY = 0.19
const NAME_HAS_OBJECT = 0.22

/** The words of an entry that say what it does. */
export interface EntryTexts {
  readonly namespace: readonly string[]
  readonly name: readonly string[]
  /** The first words of the description. */
  readonly summary: readonly string[]
}

/** What a query asks for, as `QueryReader` reads it. */
export interface Asked {
  readonly terms: readonly QueryTerm[]
  readonly owners: ReadonlyMap<string, QueryTerm>
}

/** How rare a word is among operations, and how well the query says it. */
interface Word {
  readonly rarity: number
  readonly match: number
}

/** How well the entries of a result fit one query. */
export class TextFit {
  readonly #owners: ReadonlyMap<string, QueryTerm>
  readonly #object: QueryTerm | undefined
  readonly #rarityOf: (word: string) => number
  /** The results of a query have many words in common. */
  readonly #words = new Map<string, Word>()

  constructor({ terms, owners }: Asked, rarityOf: (word: string) => number) {
    this.#owners = owners
    this.#object = terms.find(
      ({ verb, filler, assumed }) => assumed === undefined && !verb && filler !== true,
    )
    this.#rarityOf = rarityOf
  }

  /**
   * How much an entry counts more because its name has what the query speaks of first, and less because its name and the beginning of its description
   * say what the query does not: about 0.5 to 1.5.
   */
  of({ namespace, name, summary }: EntryTexts): number {
    const object = this.#object
    let hasObject = 0
    let ofName = 0
    let unmatchedName = 0
    let last = 0
    for (const text of name) {
      const { rarity, match } = this.#wordOf(text)
      last = match
      ofName += rarity
      unmatchedName += rarity * (1 - match)
      if (object !== undefined) hasObject = Math.max(hasObject, matchOf(text, object))
    }
    // What the query says of the namespace belongs to the name; a namespace that it does not mention is no difference.
    for (const text of namespace) {
      const { rarity, match } = this.#wordOf(text)
      ofName += rarity * match
      if (object !== undefined) hasObject = Math.max(hasObject, matchOf(text, object))
    }
    let ofSummary = 0
    let unmatchedSummary = 0
    for (const text of summary) {
      const { rarity, match } = this.#wordOf(text)
      ofSummary += rarity
      unmatchedSummary += rarity * (1 - match)
    }
    return Math.exp(
      NAME_SAYS_MORE * share(unmatchedName, ofName) +
        SUMMARY_SAYS_MORE * share(unmatchedSummary, ofSummary) +
        NAME_ENDS_IN_QUERY * last +
        NAME_HAS_OBJECT * hasObject,
    )
  }

  #wordOf(text: string): Word {
    let known = this.#words.get(text)
    if (known === undefined) {
      const owner = this.#owners.get(text)
      known = {
        rarity: this.#rarityOf(text),
        match: owner === undefined ? 0 : matchOf(text, owner),
      }
      this.#words.set(text, known)
    }
    return known
  }
}

function matchOf(word: string, { word: own, matches }: QueryTerm): number {
  return own === word ? 1 : (matches.get(word) ?? 0)
}

function share(part: number, all: number): number {
  return all === 0 ? 0 : part / all
}
