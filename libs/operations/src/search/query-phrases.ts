import { phraseAt } from './thesaurus.ts'
import type { FoundPhrase } from './phrase-tree.ts'

/** What a second match of the same word of the index counts, compared with the first. */
const CALLER = new Set(['i', 'me', 'mine', 'my'])
/** `show me the invoice` does not speak of the caller's own. */
const FOR_CALLER = new Set('bring find get give let read send show tell'.split(' '))
const OF_CALLER = ['authenticat', 'current', 'me', 'own', 'self']
const ASSUMED_CALLER = 0.3
const COUNTED_BEFORE = 0.6

/** A word of a query: the words of the index that match it, and how much each match counts. */
export interface QueryTerm {
  readonly word: string
  readonly matches: Map<string, number>
  /** Whether the word says what is done. */
  readonly verb: boolean
  /** Whether the word says little of an operation. */
  readonly filler?: boolean
  /** Set for a word that the query does not have: its weight. It ranks what the other words find, and finds nothing. */
  readonly assumed?: number
}

/**
 * A word of the index that matches several words of a query counts for the one that it matches best, and little for the others. Returns which one that is, by
 * the words of the index.
 */
export function countOnce(terms: ReadonlyMap<string, QueryTerm>): Map<string, QueryTerm> {
  const owner = new Map<string, QueryTerm>()
  for (const term of terms.values())
    for (const [word, factor] of term.matches) {
      const other = owner.get(word)
      const best = other?.matches.get(word) ?? 0
      if (factor > best) owner.set(word, term)
      if (other === undefined) continue
      if (factor > best) other.matches.set(word, best * COUNTED_BEFORE)
      else term.matches.set(word, factor * COUNTED_BEFORE)
    }
  return owner
}

/** A query with `my` or `I` prefers operations of the current user. Returns whether it has one. */
export function addCaller(words: readonly string[], terms: Map<string, QueryTerm>): boolean {
  const isCaller = (word: string, at: number): boolean =>
    CALLER.has(word) && !(word === 'me' && FOR_CALLER.has(words[at - 1] ?? ''))
  if (terms.size === 0 || !words.some(isCaller)) return false
  const matches = new Map(OF_CALLER.map((word) => [word, 1]))
  terms.set('my', { word: 'my', verb: false, assumed: ASSUMED_CALLER, matches })
  return true
}

/** The phrases of a query, from left to right, without overlap. */
export function phrasesOf(stems: readonly string[]): FoundPhrase[] {
  const phrases: FoundPhrase[] = []
  const taken = new Set<number>()
  for (let at = 0; at < stems.length; at++) {
    const found = taken.has(at) ? undefined : phraseAt(stems, at)
    if (found === undefined) continue
    phrases.push(found)
    for (const position of found.positions) taken.add(position)
  }
  return phrases
}
