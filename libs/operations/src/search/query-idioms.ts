import { isReading, isVerb } from './effect-verbs.ts'
import type { Postings } from './postings.ts'
import type { QueryTerm } from './query-phrases.ts'
import { isUsualVerb, negates } from './thesaurus.ts'
import type { FoundPhrase, Phrase } from './phrase-tree.ts'
import { isFiller, isStopWord } from './tokens.ts'

/** The factor of the words that an idiom means, which then count 1, and what its own words count. */
const IDIOM_BASE = 0.75
const OWN_WORD_OF_IDIOM = 0.75

/**
 * An idiom is a term for what it does and one for what it does it to, which its own words match less than what it means. `consumed` gets the positions of
 * the words that are no terms themselves.
 */
export function matchIdiom(
  { phrase, positions }: FoundPhrase,
  postings: Postings,
  terms: Map<string, QueryTerm>,
  consumed: Set<number>,
): void {
  const { words, alternatives, idiom, plain, literal } = phrase
  if (!idiom) return
  const covered = [...literal.values()].flat()
  const text = words.join(' ')
  const does = new Map<string, number>()
  const matches = new Map<string, number>()
  const first = [...alternatives.keys()].find(isVerb) ?? ''
  const reads = isReading(first)
  for (const [other, factor] of alternatives) {
    if (covered.includes(other) || !postings.has(other)) continue
    const verb =
      isVerb(other) &&
      reads === isReading(other) &&
      !negates(text, other) &&
      (!plain || isUsualVerb(other) || !isUsualVerb(first))
    raise(verb ? does : matches, other, factor / IDIOM_BASE)
  }
  if (matches.size + does.size === 0) return
  for (const [at, word] of words.entries())
    if (!literal.has(at) && !isStopWord(word) && !(plain && isFiller(word)) && postings.has(word))
      raise(matches.size > 0 ? matches : does, word, OWN_WORD_OF_IDIOM)
  for (const [at, position] of positions.entries()) if (!literal.has(at)) consumed.add(position)
  if (matches.size > 0) terms.set(text, { word: text, verb: isVerb(text), matches })
  if (does.size > 0) terms.set(`${text} does`, { word: text, verb: true, matches: does })
}

/** The words of an idiom that mean what they say, which are terms already, find what the idiom means by them. */
export function matchLiteralWords(
  { words, alternatives, literal }: Phrase,
  postings: Postings,
  terms: Map<string, QueryTerm>,
): void {
  for (const [at, meant] of literal) {
    const matches = terms.get(words[at] ?? '')?.matches
    if (matches === undefined) continue
    for (const other of meant)
      if (postings.has(other)) raise(matches, other, (alternatives.get(other) ?? 0) / IDIOM_BASE)
  }
}

/** Notes a match of a word, unless it counts more already. */
export function raise(matches: Map<string, number>, word: string, factor: number): void {
  if (factor > (matches.get(word) ?? 0)) matches.set(word, factor)
}
