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

interface Word {
  readonly byEntry: Map<number, WordWeight>
  packed: Posting | undefined
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
        word = { byEntry: new Map(), packed: undefined }
        this.#byWord.set(text, word)
        this.#changeVocabulary()
      }
      word.byEntry.set(entry, weight)
      word.packed = undefined
    }
  }

  remove(entry: number, words: Iterable<string>): void {
    for (const text of words) {
      const word = this.#byWord.get(text)
      if (word === undefined) continue
      word.byEntry.delete(entry)
      word.packed = undefined
      if (word.byEntry.size > 0) continue
      this.#byWord.delete(text)
      this.#changeVocabulary()
    }
  }

  has(text: string): boolean {
    return this.#byWord.has(text)
  }

  /** In how many entries the word is. */
  count(text: string): number {
    return this.#byWord.get(text)?.byEntry.size ?? 0
  }

  get(text: string): Posting | undefined {
    const word = this.#byWord.get(text)
    if (word === undefined) return undefined
    return (word.packed ??= packed(word.byEntry))
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

function packed(byEntry: ReadonlyMap<number, WordWeight>): Posting {
  const weights = [...byEntry.values()]
  return {
    entries: Int32Array.from(byEntry.keys()),
    weights: Float32Array.from(weights, ({ weight }) => weight),
    names: Float32Array.from(weights, ({ name }) => name),
  }
}
