import { effectOfVerb, isReading, isVerb } from './effect-verbs.ts'
import { stem } from './tokens.ts'
import { BUSINESS } from './vocabulary/business.ts'
import { EVERYDAY_LIFE } from './vocabulary/everyday-life.ts'
import { BETWEEN, PARTICLES } from './vocabulary/function-words.ts'
import { IDIOMS } from './vocabulary/idioms.ts'
import { NOUNS } from './vocabulary/nouns.ts'
import { REQUESTS } from './vocabulary/requests.ts'
import { SYSTEMS } from './vocabulary/systems.ts'
import { TECHNOLOGY } from './vocabulary/technology.ts'
import { VERBS } from './vocabulary/verbs.ts'

/** How much a match of another word of the group counts, compared with the word itself. */
const SAME_MEANING = 0.75
/** Of two of the usual verbs with the same effect. */
const SAME_EFFECT = 0.85
const RELATED_MEANING = 0.45
/** A phrase stands for its words, each of which says only a part. */
const PART_OF_PHRASE = 0.6

/** Other words and how much a match of each counts, above 0 and below 1. */
export type Alternatives = ReadonlyMap<string, number>

export interface Phrase {
  readonly words: readonly string[]
  readonly alternatives: Alternatives
  /** Whether it means something else than its words. Then the first alternative says what it asks for. */
  readonly idiom: boolean
}

/** A phrase in a text, and the positions of its words there. */
export interface FoundPhrase {
  readonly phrase: Phrase
  readonly positions: readonly number[]
}

interface Thesaurus {
  readonly words: ReadonlyMap<string, Alternatives>
  /** By their first word, the longest first. */
  readonly phrases: ReadonlyMap<string, readonly Phrase[]>
}

const NONE: Alternatives = new Map()
let loaded: Thesaurus | undefined

/** The other words for a stemmed word. */
export function alternativesOf(word: string): Alternatives {
  return thesaurus().words.get(word) ?? NONE
}

export function thesaurusWords(): Iterable<string> {
  return thesaurus().words.keys()
}

export function isThesaurusWord(word: string): boolean {
  return thesaurus().words.has(word)
}

const between = new Set(BETWEEN.split(' '))
const particles = new Set(PARTICLES.split(/\s+/))
const MAX_BETWEEN = 3

/** The longest phrase that begins at this position of the stemmed words. */
export function phraseAt(words: readonly string[], at: number): FoundPhrase | undefined {
  for (const phrase of thesaurus().phrases.get(words[at] ?? '') ?? []) {
    const positions = positionsOf(phrase, words, at)
    if (positions !== undefined) return { phrase, positions }
  }
  return undefined
}

function positionsOf(
  phrase: Phrase,
  words: readonly string[],
  at: number,
): readonly number[] | undefined {
  const positions = [at]
  let last = at
  for (const word of phrase.words.slice(1)) {
    const from = last + 1
    last = from
    while (
      words[last] !== word &&
      last - from < MAX_BETWEEN &&
      (particles.has(word) || between.has(words[last] ?? ''))
    )
      last++
    if (words[last] !== word) return undefined
    positions.push(last)
  }
  return positions
}

function thesaurus(): Thesaurus {
  return (loaded ??= read(
    IDIOMS,
    [VERBS, NOUNS, SYSTEMS, BUSINESS, TECHNOLOGY, EVERYDAY_LIFE, REQUESTS].join('\n'),
  ))
}

const usual = new Set(
  `add change create delete destroy edit fetch find get insert list modify new patch query read remove retrieve search show update`
    .split(' ')
    .map(stem),
)

function sameEffect(one: string, other: string): boolean {
  return usual.has(one) && usual.has(other) && effectOfVerb(one) === effectOfVerb(other)
}

class Relations {
  readonly all = new Map<string, Map<string, number>>()

  relate(from: string, to: string, factor: number): void {
    if (from === to) return
    const own = this.all.get(from) ?? new Map<string, number>()
    this.all.set(from, own)
    const parts = to.split(' ')
    const weight = parts.length === 1 ? factor : factor * PART_OF_PHRASE
    for (const part of parts) {
      if (part !== from) own.set(part, Math.max(own.get(part) ?? 0, weight))
    }
  }
}

/** A single word is an idiom in `spoken` alone. */
function read(spoken: string, text: string): Thesaurus {
  const groups = new Relations()
  const idioms = new Relations()
  const lines = spoken.split('\n')
  for (const [at, line] of [...lines, ...text.split('\n')].entries()) {
    const [said = '', meant] = line.split('>')
    const [same = [], related = []] = (meant ?? said).split('|').map(termsOf)
    for (const one of meant === undefined ? same : termsOf(said)) {
      const single = !one.includes(' ')
      const own = meant === undefined || single ? [groups] : []
      if (
        meant !== undefined &&
        (!single || (at < lines.length && isChangeOfSomething(one, [...same, ...related])))
      )
        own.push(idioms)
      for (const relations of own) {
        for (const other of same)
          relations.relate(one, other, sameEffect(one, other) ? SAME_EFFECT : SAME_MEANING)
        for (const other of related) relations.relate(one, other, RELATED_MEANING)
      }
    }
    if (meant === undefined)
      for (const one of same)
        for (const other of related) groups.relate(other, one, RELATED_MEANING)
  }
  const words = new Map<string, Alternatives>()
  const phrases = new Map<string, Phrase[]>()
  for (const [{ all }, idiom] of [
    [idioms, true],
    [groups, false],
  ] as const)
    for (const [term, alternatives] of all) {
      const parts = term.split(' ')
      const [first = ''] = parts
      if (!idiom && parts.length === 1) words.set(term, alternatives)
      else
        phrases.set(first, [...(phrases.get(first) ?? []), { words: parts, alternatives, idiom }])
    }
  for (const own of phrases.values()) own.sort((a, b) => b.words.length - a.words.length)
  return { words, phrases }
}

/** Whether a word stands for a change and for what is changed, which are two words of a query. */
function isChangeOfSomething(said: string, meant: readonly string[]): boolean {
  const [first = '', ...others] = meant
  const effect = effectOfVerb(first)
  if (effect === undefined || isReading(first)) return false
  return !others.every((other) => isVerb(other) && !negates(said, other))
}

/** `unpin` is what is done to a pin. */
export function negates(said: string, word: string): boolean {
  return said.startsWith('un') && said.endsWith(word)
}

/** Stemmed terms, the words of a phrase separated by a space. */
function termsOf(text: string): string[] {
  const terms = text.split(/\s+/).filter((term) => term !== '')
  return terms.map((term) => term.split('_').map(stem).join(' '))
}
