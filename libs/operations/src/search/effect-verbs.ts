import { stem } from './tokens.ts'
import { EFFECTS } from './vocabulary/effects.ts'

/** What an operation does to its object, or a query asks for. `one` and `many` are `read` where the number is known. */
export type Effect = keyof typeof EFFECTS | 'one'

const verbs = new Map<string, Effect>()
for (const [effect, words] of Object.entries(EFFECTS) as [keyof typeof EFFECTS, string][])
  for (const word of words.split(/\s+/)) verbs.set(word.split('_').map(stem).join(' '), effect)

/** What a stemmed verb, or a phrase of stemmed words, asks for. */
export function effectOfVerb(word: string): Effect | undefined {
  return verbs.get(word)
}

/** Whether a stemmed word is a verb that changes nothing. */
export function isReading(word: string): boolean {
  const effect = verbs.get(word)
  return effect === 'read' || effect === 'many'
}

/** Whether a stemmed word says what an operation does. */
export function isVerb(word: string): boolean {
  return verbs.has(word)
}
