import { effectFactor } from './effect.ts'
import type { Effect } from './effect-verbs.ts'
import { isVerb } from './effect-verbs.ts'
import type { ReadQuery } from './query-terms.ts'

/** The words of an entry's name. */
export interface EntryName {
  readonly namespace: readonly string[]
  readonly name: readonly string[]
  /** How many words of the name are behind its last dot. */
  readonly ownWords: number
  /** All words of namespace and name as they are written, separated by spaces. */
  readonly spelled: string
}

/** How much more an entry counts whose name the query is, and one whose name has the same words. */
const SPELLED = 400
const NAMED = 20

/** How much more an entry counts for a query that is its name. */
export function nameFactor(
  read: Pick<ReadQuery, 'text' | 'words' | 'ofCaller' | 'effect'>,
  name: EntryName,
  does: Effect | undefined,
): number {
  if (isSpelled(read.text, name)) return SPELLED
  return hasSameWords(read, name, does) ? NAMED : 1
}

/** Whether the query is the end of the name, from its last dot on or more. */
function isSpelled(text: string, { spelled, ownWords }: EntryName): boolean {
  if (!spelled.endsWith(text)) return false
  if (text.length < spelled.length && spelled[spelled.length - text.length - 1] !== ' ')
    return false
  const words = text.split(' ').length
  return words > 1 && words >= ownWords
}

/**
 * Whether the query has all words that are behind the last dot of the name, and none that namespace and name have not. A verb of the name may be missing where the
 * query asks for the same: `payment links` has the words of `GetPaymentLinks`. `my payment links` says more.
 */
function hasSameWords(
  { words, ofCaller, effect }: Pick<ReadQuery, 'words' | 'ofCaller' | 'effect'>,
  { namespace, name, ownWords }: EntryName,
  does: Effect | undefined,
): boolean {
  if (words.length === 0 || ofCaller || ownWords === 0) return false
  for (const word of words) if (!name.includes(word) && !namespace.includes(word)) return false
  if (effectFactor(effect, does) < 1) return false
  for (let at = name.length - ownWords; at < name.length; at++) {
    const word = name[at] ?? ''
    if (!isVerb(word) && !words.includes(word)) return false
  }
  return true
}
