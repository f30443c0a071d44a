import { effectOfVerb, isVerb } from './effect-verbs.ts'
import type { Effect } from './effect-verbs.ts'
import { canBeVerb, commandOf, isFact, isOfThing, namesOne, saysWho } from './query-roles.ts'
import { isFiller, isStopWord, stem, wordsOf } from './tokens.ts'
import type { FoundPhrase, Phrase } from './phrase-tree.ts'

/** The verb that a query begins with, or that an operation has in its name, and what it does. */
export interface Verb {
  readonly word: string
  readonly effect: Effect
}

const MAX_PHRASE = 4

/** A question that begins so asks to read, whatever verb follows. */
const QUESTIONS = new Set('am are did do does has have is was were'.split(' '))
/** An idiom with one of these at its beginning asks to read: `what is pinned`. */
const ASKING_FOR = new Set(['what', 'when', 'where', 'which', 'who', 'whose'])
/** `how do I delete a file` asks to delete. */
const HOW_TO = new Set(['to', 'do', 'can', 'could', 'should', 'would'])

/** Verbs that are the effect of an operation wherever they are in its name. Other verbs may be nouns (`records.list`). */
const PLAIN = new Set(
  'add create delete destroy fetch find get insert list patch read remove retrieve search update'
    .split(' ')
    .map(stem),
)

function verbAt(stems: readonly string[], at: number): Verb | undefined {
  for (let length = MAX_PHRASE; length > 0; length--) {
    if (at + length > stems.length) continue
    const word = stems.slice(at, at + length).join(' ')
    const effect = effectOfVerb(word)
    if (effect !== undefined) return { word, effect }
  }
  return undefined
}

/** Words with which people ask whether something can be done before they say what: `is there a way to delete a file`. */
const ASKING = new Set(
  'a any do does how i is it know one possible there to way ways we you'.split(' '),
)

/** Where the request begins that follows such words, or 0. */
function endOfAsking(words: readonly string[]): number {
  const end = words.findIndex((word) => !ASKING.has(word))
  return end > 0 && words[end - 1] === 'to' ? end : 0
}

/** Whether a query is answered by yes or no. */
export function isQuestion(words: readonly string[]): boolean {
  return QUESTIONS.has(words[0] ?? '') && endOfAsking(words) === 0
}

/** What a query asks for, by its first verb or question word. */
export function verbOf(
  words: readonly string[],
  stems: readonly string[],
  phrases: readonly FoundPhrase[],
): Verb | undefined {
  const [first = ''] = words
  if (isQuestion(words)) return { word: first, effect: 'read' }
  const asked = first === 'how' && HOW_TO.has(words[1] ?? '') ? 2 : 0
  const from = Math.max(asked, endOfAsking(words))
  for (let at = from; at < stems.length; at++) {
    const idiom = phrases.find(({ phrase, positions }) => phrase.idiom && positions[0] === at)
    const meant = idiomVerb(idiom?.phrase)
    if (meant !== undefined) {
      const isReading = meant.effect === 'read' || meant.effect === 'many'
      return at === 0 && ASKING_FOR.has(first) && !isReading
        ? { word: first, effect: 'read' }
        : meant
    }
    if (!canBeVerb(words, at) || isOfThing(words, at)) continue
    const verb = verbAt(stems, at)
    if (verb !== undefined) return (at > 0 ? plainEnd(stems) : undefined) ?? verb
  }
  return commandOf(words, stems)
}

/** The plain verb that a query ends with, as in names: `webhook end point create`. */
function plainEnd(stems: readonly string[]): Verb | undefined {
  const word = stems.at(-1) ?? ''
  const effect = PLAIN.has(word) ? effectOfVerb(word) : undefined
  return effect === undefined ? undefined : { word, effect }
}

/** The first of the words that an idiom means. */
function idiomVerb(phrase: Phrase | undefined): Verb | undefined {
  const [word = ''] = phrase?.alternatives.keys() ?? []
  const effect = effectOfVerb(word)
  return effect === undefined ? undefined : { word, effect }
}

/** A small number before a plural counts things (`the last 10 charges`). */
const COUNTED = /(?<![\p{L}\p{N}])\d{1,3} (\p{L}+)/u

/** Whether the words of a query speak of one thing, by an identifier, or of several, by a plural. */
export function numberOf(text: string, words: readonly string[]): 'one' | 'many' | undefined {
  const [, counted = ''] = COUNTED.exec(text) ?? []
  if (/(?<!\p{L})\d|_\w*\d/u.test(text) && !isPlural(counted)) return 'one'
  if (namesOne(words)) return 'one'
  if (words.some((word, at) => word === 'all' || word === 'every' || namesSeveral(words, at)))
    return 'many'
  return undefined
}

/** Whether the word at this place is a plural of things: `does`, `three weeks`, `details`, and `owns` in `who owns it` are none. */
function namesSeveral(words: readonly string[], at: number): boolean {
  const word = words[at] ?? ''
  if (!isPlural(word) || isStopWord(word) || isFact(word)) return false
  const stemmed = stem(word)
  return !isFiller(stemmed) && !(isVerb(stemmed) && saysWho(words[at - 1] ?? ''))
}

function isPlural(word: string): boolean {
  return word.length > 3 && word.endsWith('s') && !/(?:ss|us|is|as)$/.test(word)
}

/** Methods of HTTP, which say little in a name: what else it says is asked first. */
const METHODS: ReadonlyMap<string, Effect> = new Map([
  ['post', 'create'],
  ['put', 'change'],
])
const MAX_DESCRIBED = 8
/** Before one of these stands what an operation reads: `getTasksForProject`. */
const BEHIND_THINGS = new Set('at by for from in of on to with'.split(' '))

/** What an operation does, by the verb of its name, or by the first verb of its description. */
export function effectOf(
  name: string,
  description: string | undefined,
  type: 'query' | 'mutation' | 'subscription' | undefined,
): Effect | undefined {
  const words = wordsOf(name)
  const described = wordsOf((description ?? '').slice(0, 200)).slice(0, MAX_DESCRIBED)
  const named = namedEffect(name, words)
  const effect = named ?? firstEffect(described.map(stem)) ?? methodEffect(words)
  if (effect === undefined) return type === undefined || type === 'mutation' ? undefined : 'read'
  if (effect === 'read') {
    if (described.some((word) => /^(?:lists?|all|multiple)$/.test(word))) return 'many'
    return isPlural(thingOf(name)) ? 'many' : 'one'
  }
  if (type === 'query' && effect !== 'many' && !beginsWithCommand(name)) return 'read'
  return type === 'mutation' && effect === 'many' && named === undefined ? 'act' : effect
}

/** The noun of what an operation reads: it stands before a preposition, or at the end. */
function thingOf(name: string): string {
  const words = lastWords(name)
  const end = words.findIndex((word, at) => at > 1 && BEHIND_THINGS.has(word))
  return words.at(end === -1 ? -1 : end - 1) ?? ''
}

function methodEffect(words: readonly string[]): Effect | undefined {
  return METHODS.get(words[0] ?? '')
}

function lastWords(name: string): string[] {
  return wordsOf(name.slice(name.lastIndexOf('.') + 1))
}

/** Some APIs send every request by GET: what a name begins with says more than that (`DeleteQueue`). */
function beginsWithCommand(name: string): boolean {
  const [first = ''] = lastWords(name)
  const effect = isPlural(first) ? undefined : effectOfVerb(stem(first))
  return effect !== undefined && effect !== 'read' && effect !== 'many'
}

/** Whether a name of an operation has a verb. */
export function hasVerb(name: string): boolean {
  return namedEffect(name, wordsOf(name)) !== undefined
}

function namedEffect(name: string, words: readonly string[]): Effect | undefined {
  const last = lastWords(name)
  const stems = words.map(stem)
  const plain = [...last.map(stem), ...stems].find(
    (word, at, all) => PLAIN.has(word) && all[at - 1] !== 'as',
  )
  if (plain !== undefined) return effectOfVerb(plain)
  return METHODS.has(last[0] ?? '') ? effectOfPath(last) : firstEffect(last.map(stem))
}

/** A name that is a method and a path: `post customers` creates one, `post customers customer` and `put customers id` change one, and `post payouts payout cancel` cancels one. */
function effectOfPath(words: readonly string[]): Effect | undefined {
  const stems = words.map(stem)
  const last = stems.at(-1) ?? ''
  if (words[0] === 'post' && isPlural(words.at(-1) ?? '')) return 'create'
  if (stems.length < 3) return undefined
  if (stems.indexOf(last) < stems.length - 1 || last === 'id') return 'change'
  return effectOfVerb(last)
}

function firstEffect(stems: readonly string[]): Effect | undefined {
  for (const word of stems) {
    if (METHODS.has(word)) return undefined
    const effect = effectOfVerb(word)
    if (effect !== undefined) return effect
  }
  return undefined
}

const READ = 0.57
/** One that reads several things where the query asks for one, and the reverse. */
const OTHER_NUMBER = 0.71
/** By what a query asks for: how much an operation of another effect counts. Not named: 1. */
const FACTORS: Readonly<Record<Effect, Partial<Record<Effect, number>>>> = {
  read: { many: 0.94, create: READ, remove: 0.46, end: READ, change: READ, act: READ },
  many: { one: OTHER_NUMBER, create: READ, remove: 0.41, end: READ, change: 0.51, act: 0.51 },
  one: { many: OTHER_NUMBER, create: READ, remove: 0.46, end: READ, change: READ, act: READ },
  create: { read: READ, one: 0.51, many: 0.48, remove: 0.41, change: 0.75, end: 0.63, act: 0.94 },
  remove: { read: READ, one: READ, many: 0.51, create: 0.41, change: 0.63, act: 0.75 },
  end: { read: READ, one: READ, many: 0.51, create: READ, act: 0.69 },
  change: { read: READ, one: 0.51, many: 0.51, create: 0.75, remove: 0.41, end: 0.75 },
  act: { read: READ, one: READ, many: READ, change: 0.87, remove: 0.51, end: 0.63 },
}

/** How much an operation counts for a query: less than 1 if it does something else than what the query asks for. */
export function effectFactor(asked: Effect | undefined, does: Effect | undefined): number {
  if (asked === undefined || does === undefined) return 1
  return FACTORS[asked][does] ?? 1
}
