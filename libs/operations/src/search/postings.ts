import type { Examined } from './examined.ts'

const MAX_PREFIX_WORDS = 24

/** The entries that contain a word, in arrays of one length: their numbers, and what a match of the word is worth there. */
export interface Posting {
  readonly entries: Int32Array
  readonly weights: Float32Array
  /** The share of the words of the name. */
  readonly names: Float32Array
}

export interface WordWeight {
  readonly weight: number
  readonly name: number
}

/** A word of the index, which the texts of entries refer to. */
export interface Word {
  readonly text: string
  readonly byEntry: Map<number, WordWeight>
  packed: Posting | undefined
  changes: number
  /** What `TextFit` notes of the word for the query with this number. */
  query: number
  rarity: number
  match: number
  ofObject: number
}

/** Which entries contain a word, by the number of the entry. Removing an entry costs its own words only. */
export class Postings {
  readonly #byWord = new Map<string, Word>()
  #vocabulary: readonly string[] | undefined

  /** Changes when a word appears or disappears. */
  vocabularyVersion = 0

  add(entry: number, words: ReadonlyMap<string, WordWeight>): void {
    for (const [text, weight] of words) {
      let word = this.#byWord.get(text)
      if (word === undefined) {
        word = {
          text,
          byEntry: new Map(),
          packed: undefined,
          changes: 0,
          query: 0,
          rarity: 0,
          match: 0,
          ofObject: 0,
        }
        this.#byWord.set(text, word)
        this.#changeVocabulary()
      }
      word.byEntry.set(entry, weight)
      word.packed = undefined
      word.changes += 1
    }
  }

  remove(entry: number, words: Iterable<string>): void {
    for (const text of words) {
      const word = this.#byWord.get(text)
      if (word === undefined) continue
      word.byEntry.delete(entry)
      word.packed = undefined
      word.changes += 1
      if (word.byEntry.size > 0) continue
      this.#byWord.delete(text)
      this.#changeVocabulary()
    }
  }

  /** The words of a text that the index has. */
  refer(texts: readonly string[]): Word[] {
    return texts.map((text) => this.#byWord.get(text)).filter((word) => word !== undefined)
  }

  has(text: string): boolean {
    return this.#byWord.has(text)
  }

  /** In how many entries the word is. */
  count(text: string): number {
    return this.#byWord.get(text)?.byEntry.size ?? 0
  }

  /** The arrays, where they need not be made. */
  packed(text: string): Posting | undefined {
    return this.#byWord.get(text)?.packed
  }

  /** The arrays are made at the first use after a change, in steps. An entry that is added or removed meanwhile may be in them or not. */
  *getSteps(text: string, examined: Examined): Generator<void, Posting | undefined> {
    const word = this.#byWord.get(text)
    if (word === undefined || word.packed !== undefined) return word?.packed
    const { byEntry, changes } = word
    const entries = new Int32Array(byEntry.size)
    const weights = new Float32Array(byEntry.size)
    const names = new Float32Array(byEntry.size)
    let at = 0
    for (const [entry, { weight, name }] of byEntry) {
      if (at === entries.length) break
      entries[at] = entry
      weights[at] = weight
      names[at] = name
      at += 1
      if (examined.add(1)) yield
    }
    const made: Posting = {
      entries: entries.subarray(0, at),
      weights: weights.subarray(0, at),
      names: names.subarray(0, at),
    }
    if (word.changes === changes) word.packed = made
    return made
  }

  words(): Iterable<string> {
    return this.#byWord.keys()
  }

  /** Up to 24 words that begin with `word` and are longer. */
  longerThan(word: string): readonly string[] {
    const vocabulary = (this.#vocabulary ??= [...this.#byWord.keys()].toSorted())
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

  #changeVocabulary(): void {
    this.#vocabulary = undefined
    this.vocabularyVersion++
  }
}
