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

/** How rare a word is among operations, and how well the query says it. */
interface Word {
  readonly rarity: number
  readonly match: number
}

/** How well the entries of a result fit one query. */
export class TextFit {
  readonly #asked: readonly QueryTerm[]
  readonly #object: QueryTerm | undefined
  readonly #rarityOf: (word: string) => number
  /** The results of a query have many words in common. */
  readonly #words = new Map<string, Word>()

  constructor(terms: readonly QueryTerm[], rarityOf: (word: string) => number) {
    this.#asked = terms.filter(({ assumed }) => assumed === undefined)
    this.#object = this.#asked.find(({ verb, filler }) => !verb && filler !== true)
    this.#rarityOf = rarityOf
  }

  /**
   * How much an entry counts more because its name has what the query speaks of first, and less because its name and the beginning of its description
   * say what the query does not: about 0.5 to 1.5.
   */
  of({ namespace, name, summary }: EntryTexts): number {
    const inName = this.#unmatchedOf(name)
    const inSummary = this.#unmatchedOf(summary)
    // What the query says of the namespace belongs to the name; a namespace that it does not mention is no difference.
    let matchedNamespace = 0
    for (const word of namespace) {
      const { rarity, match } = this.#wordOf(word)
      matchedNamespace += rarity * match
    }
    const object = this.#object
    let hasObject = 0
    if (object !== undefined)
      for (const words of [namespace, name])
        for (const word of words) hasObject = Math.max(hasObject, matchOf(word, object))
    return Math.exp(
      NAME_SAYS_MORE * share(inName.unmatched, inName.all + matchedNamespace) +
        SUMMARY_SAYS_MORE * share(inSummary.unmatched, inSummary.all) +
        NAME_ENDS_IN_QUERY * inName.last +
        NAME_HAS_OBJECT * hasObject,
    )
  }

  /** The rarity of all words, that of what no term matches, and the match of the final word. */
  #unmatchedOf(words: readonly string[]): {
    readonly all: number
    readonly unmatched: number
    readonly last: number
  } {
    let all = 0
    let unmatched = 0
    let last = 0
    for (const word of words) {
      const { rarity, match } = this.#wordOf(word)
      last = match
      all += rarity
      unmatched += rarity * (1 - match)
    }
    return { all, unmatched, last }
  }

  #wordOf(word: string): Word {
    let known = this.#words.get(word)
    if (known === undefined) {
      let match = 0
      for (const term of this.#asked) match = Math.max(match, matchOf(word, term))
      known = { rarity: this.#rarityOf(word), match }
      this.#words.set(word, known)
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
