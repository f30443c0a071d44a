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
}

/**
 * Whether a query is the name of an entry: it has all words that are behind the last dot of the name, and none that namespace and name have not. A verb of the
 * name may be missing where the query asks for the same: `payment links` is the name of `GetPaymentLinks`. `my payment links` says more.
 */
export function namesEntry(
  { words, ofCaller, effect }: Pick<ReadQuery, 'words' | 'ofCaller' | 'effect'>,
  { namespace, name, ownWords }: EntryName,
  does: Effect | undefined,
): boolean {
  if (words.length === 0 || ofCaller || ownWords === 0 || effectFactor(effect, does) < 1)
    return false
  for (const word of words) if (!name.includes(word) && !namespace.includes(word)) return false
  for (let at = name.length - ownWords; at < name.length; at++) {
    const word = name[at] ?? ''
    if (!isVerb(word) && !words.includes(word)) return false
  }
  return true
}
