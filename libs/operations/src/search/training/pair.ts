import { stem, tokens } from '../tokens.ts'

/** Two texts that mean about the same, as stemmed words. */
export interface Pair {
  /** What is said: a word, a phrase, a query, or the summary of an operation. */
  readonly said: readonly string[]
  /** What it means: other words, a definition, or the description of the operation. */
  readonly meant: readonly string[]
  /** What belongs to the meaning: related and more general words, or the name of the operation. */
  readonly near: readonly string[]
  /** Examples, or the parameters of the operation. */
  readonly rest: readonly string[]
}

/** The words of a text that can have a vector. */
export function plainWords(text: string): string[] {
  return tokens(text).filter((word) => /^[a-z]{2,24}$/.test(word))
}

export function plainStem(word: string): string | undefined {
  return /^[a-z]{2,24}$/.test(word) ? stem(word) : undefined
}

export function distinct(words: readonly string[]): string[] {
  return [...new Set(words)]
}
