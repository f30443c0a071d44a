import { effectOfVerb } from './effect-verbs.ts'
import type { Effect } from './effect-verbs.ts'
import { alternativesOf } from './thesaurus.ts'
import { isStopWord } from './tokens.ts'
import {
  ARTICLES,
  BEFORE_NOUNS,
  OBJECTS,
  POLITE_WORDS,
  PREPOSITIONS,
  SUBJECTS,
} from './vocabulary/function-words.ts'

const wordSet = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))
const BEFORE_THINGS = wordSet(`${ARTICLES} ${PREPOSITIONS} ${BEFORE_NOUNS}`)
const AFTER_COMMANDS = wordSet(`${ARTICLES} ${OBJECTS}`)
const WHO_DID = wordSet(SUBJECTS)
const POLITE = wordSet(POLITE_WORDS)

/**
 * Whether the word at this place of a query can say what is done: `the record`, `of one refund`, `updates of a project` and `texts we sent` name
 * things.
 */
export function canBeVerb(words: readonly string[], at: number): boolean {
  if (BEFORE_THINGS.has(words[at - 1] ?? '')) return false
  const next = words[at + 1] ?? ''
  if (next === 'of') return false
  return !isSeveral(words[at] ?? '') || AFTER_COMMANDS.has(next)
}

/** Whether a word is a plural, or a verb of a third person, which no request begins with. */
function isSeveral(word: string): boolean {
  return word.length > 4 && word.endsWith('s') && !/(?:ss|us|is|as)$/.test(word)
}

/** What stands between who did it and what was done: `gists i have starred`. */
const BEFORE_DONE = new Set('already also did had has have just once'.split(' '))

/** Whether the word at this place is said of a thing that was named before: `messages that were sent`. */
export function isOfThing(words: readonly string[], at: number): boolean {
  let who = at - 1
  while (who > 0 && BEFORE_DONE.has(words[who] ?? '')) who--
  if (!WHO_DID.has(words[who] ?? '')) return false
  return words.slice(0, who).some((word) => !isStopWord(word))
}

/** The effect of a query that begins with a command that is no usual verb: `bookmark this page`. */
export function commandOf(
  words: readonly string[],
  stems: readonly string[],
): { readonly word: string; readonly effect: Effect } | undefined {
  const at = words.findIndex((word) => !POLITE.has(word))
  const word = stems[at]
  if (word === undefined || word.length < 3 || !AFTER_COMMANDS.has(words[at + 1] ?? ''))
    return undefined
  if (BEFORE_THINGS.has(words[at] ?? '') || WHO_DID.has(words[at] ?? '')) return undefined
  // `songs the band played` names things.
  if (words[at]?.endsWith('s') === true && !word.endsWith('s')) return undefined
  for (const other of alternativesOf(word).keys()) {
    const effect = effectOfVerb(other)
    if (effect !== undefined) return { word, effect }
  }
  return { word, effect: 'act' }
}

/** `status of a call` asks for one. */
const FACTS = new Set('detail details fact facts info information state status value'.split(' '))
const ONE_THING = /^(?:an?|one|this|that)$/
/** The most words between the first fact and what it is a fact of. */
const MAX_FACTS = 5
const OF_ONE = new Set('a an the this that one single specific certain particular'.split(' '))

/** `description, branch and owner of a repository` asks for the repository. */
function isListOfFacts(words: readonly string[], at: number): boolean {
  const of = words.indexOf('of', at)
  if (of <= at || of - at > MAX_FACTS || !ONE_THING.test(words[of + 1] ?? '')) return false
  return words.slice(0, of).includes('and')
}

export function isFact(word: string): boolean {
  return FACTS.has(word)
}

/** Whether a verb after this word is that of a clause: `who owns it`. */
export function saysWho(word: string): boolean {
  return WHO_DID.has(word)
}

/** Whether the word at this place only says that facts of a thing are asked for. */
export function asksForFacts(words: readonly string[], at: number): boolean {
  if (isListOfFacts(words, at)) return true
  return FACTS.has(words[at] ?? '') && /^(?:of|about|on|for)$/.test(words[at + 1] ?? '')
}

/** Whether a query without numbers speaks of one thing. */
export function namesOne(words: readonly string[]): boolean {
  if (words.some((word) => word === 'single' || word === 'specific' || word === 'particular'))
    return true
  if (
    words.some((word, at) => word === 'id' && /^(?:by|with|an|the|its)$/.test(words[at - 1] ?? ''))
  )
    return true
  return words.some((_, at) => asksForFacts(words, at) && OF_ONE.has(words[at + 2] ?? ''))
}
