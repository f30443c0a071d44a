import type { EntryName } from './names-entry.ts'
import type { Word } from './postings.ts'
import type { QueryTerm } from './query-phrases.ts'

/** The words of an entry that say what it does. */
export interface EntryTexts extends EntryName {
  /** The first words of the description. */
  readonly summary: readonly string[]
}

/** The same as words of an index. */
export interface EntryWords {
  readonly namespace: readonly Word[]
  readonly name: readonly Word[]
  readonly summary: readonly Word[]
}

/** What a query asks for, as `QueryReader` reads it. */
export interface Asked {
  readonly terms: readonly QueryTerm[]
  readonly owners: ReadonlyMap<string, QueryTerm>
}

/** How well name, namespace and summary of an entry fit a query, each from 0 to 1. */
export interface Fit {
  readonly nameSaysMore: number
  readonly summarySaysMore: number
  readonly nameEndsInQuery: number
  readonly nameHasObject: number
  readonly namespaceSaid: number
}

let queries = 0

/** How well the entries of a result fit one query. Only one is used at a time: what is known of a word is noted at the word, because results have many in common. */
export class TextFit {
  readonly #owners: ReadonlyMap<string, QueryTerm>
  readonly #object: QueryTerm | undefined
  readonly #rarityOf: (matched: number) => number
  readonly #query = ++queries

  constructor({ terms, owners }: Asked, rarityOf: (matched: number) => number) {
    this.#owners = owners
    this.#object = terms.find(
      ({ verb, filler, assumed }) => assumed === undefined && !verb && filler !== true,
    )
    this.#rarityOf = rarityOf
  }

  /** What an entry says that the query does not, and whether it has what the query speaks of. */
  of({ namespace, name, summary }: EntryWords): Fit {
    let nameHasObject = 0
    let ofName = 0
    let unmatchedName = 0
    let nameEndsInQuery = 0
    let namespaceSaid = 0
    for (const word of name) {
      this.#note(word)
      nameEndsInQuery = word.match
      ofName += word.rarity
      unmatchedName += word.rarity * (1 - word.match)
      if (word.ofObject > nameHasObject) nameHasObject = word.ofObject
    }
    // What the query says of the namespace belongs to the name; a namespace that it does not mention is no difference.
    for (const word of namespace) {
      this.#note(word)
      ofName += word.rarity * word.match
      if (word.match > 0) namespaceSaid = 1
      if (word.ofObject > nameHasObject) nameHasObject = word.ofObject
    }
    let ofSummary = 0
    let unmatchedSummary = 0
    for (const word of summary) {
      this.#note(word)
      ofSummary += word.rarity
      unmatchedSummary += word.rarity * (1 - word.match)
    }
    return {
      nameSaysMore: share(unmatchedName, ofName),
      summarySaysMore: share(unmatchedSummary, ofSummary),
      nameEndsInQuery,
      nameHasObject,
      namespaceSaid,
    }
  }

  #note(word: Word): void {
    if (word.query === this.#query) return
    word.query = this.#query
    const { text } = word
    const owner = this.#owners.get(text)
    word.rarity = this.#rarityOf(word.byEntry.size)
    word.match = owner === undefined ? 0 : matchOf(text, owner)
    word.ofObject = this.#object === undefined ? 0 : matchOf(text, this.#object)
  }
}

function matchOf(text: string, { word: own, matches }: QueryTerm): number {
  return own === text ? 1 : (matches.get(text) ?? 0)
}

function share(part: number, all: number): number {
  return all === 0 ? 0 : part / all
}
