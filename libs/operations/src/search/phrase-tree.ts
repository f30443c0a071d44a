import { stem } from './tokens.ts'
import { BETWEEN, PARTICLES } from './vocabulary/function-words.ts'

/** Other words and how much a match of each counts, above 0 and below 1. */
export type Alternatives = ReadonlyMap<string, number>

export interface Phrase {
  /** How many were read before it. */
  readonly number: number
  readonly words: readonly string[]
  readonly alternatives: Alternatives
  /** Whether it means something else than its words. Then the first alternative says what it asks for. */
  readonly idiom: boolean
  /** Whether words of an idiom can mean what they say. */
  readonly plain: boolean
  /** The words, by their places, that mean what they say and count as if they were said alone, and which words of the meaning they stand for. */
  readonly literal: ReadonlyMap<number, readonly string[]>
}

/** A phrase in a text, and the positions of its words there. */
export interface FoundPhrase {
  readonly phrase: Phrase
  readonly positions: readonly number[]
}

/** Phrases by their words: the node of `kick` leads to that of `kick out`. Most nodes are ends. */
export interface PhraseNode {
  next?: Map<string, PhraseNode>
  phrase?: Phrase
}

const between = new Set(BETWEEN.split(' ').map(stem))
const particles = new Set(PARTICLES.split(/\s+/).map(stem))
const MAX_BETWEEN = 3
/** With small words. */
const MAX_APART = 6
const QUESTIONS = new Set('are how is what when where which who why'.split(' '))

/** Adds a phrase to a tree, unless it has one of the same words. */
export function addPhrase(phrases: PhraseNode, phrase: Phrase): void {
  let node = phrases
  for (const word of phrase.words) {
    node.next ??= new Map()
    const next: PhraseNode = node.next.get(word) ?? {}
    node.next.set(word, next)
    node = next
  }
  node.phrase ??= phrase
}

/** The longest phrase of a tree that begins at this position of the stemmed words. */
export function longestPhrase(
  phrases: PhraseNode,
  words: readonly string[],
  at: number,
): FoundPhrase | undefined {
  const first = words[at] ?? ''
  const node = phrases.next?.get(first)
  // `what is on` is not `what did they say on`.
  return node && longestFrom(node, words, [at], !QUESTIONS.has(first))
}

/** The longest of the phrases that go on from here; of two as long, the one that was read first. */
function longestFrom(
  node: PhraseNode,
  words: readonly string[],
  positions: readonly number[],
  mayBeApart: boolean,
): FoundPhrase | undefined {
  const from = (positions.at(-1) ?? 0) + 1
  let best = node.phrase && { phrase: node.phrase, positions }
  let apart = 0
  for (let at = from; at < words.length && at <= from + MAX_APART; at++) {
    const word = words[at] ?? ''
    const next = node.next?.get(word)
    if (
      next !== undefined &&
      (apart === 0 || particles.has(word)) &&
      words.indexOf(word, from) === at
    ) {
      const found = longestFrom(next, words, [...positions, at], mayBeApart)
      if (found !== undefined && (best === undefined || isBefore(found.phrase, best.phrase)))
        best = found
    }
    if (apart === MAX_BETWEEN) break
    if (between.has(word)) continue
    if (!mayBeApart) break
    apart += 1
  }
  return best
}

/** Whether a phrase is longer than another one, or as long and read before it. */
function isBefore(one: Phrase, other: Phrase): boolean {
  const longer = one.words.length - other.words.length
  return longer > 0 || (longer === 0 && one.number < other.number)
}
