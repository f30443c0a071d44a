import { effectOfVerb, isReading, isVerb } from './effect-verbs.ts'
import { addPhrase, longestPhrase } from './phrase-tree.ts'
import type { Alternatives, FoundPhrase, Phrase, PhraseNode } from './phrase-tree.ts'
import { isStopWord, stem } from './tokens.ts'
import { PLAIN, SPOKEN, TEXT } from './vocabulary/all-lines.ts'
import { OPTIONAL } from './vocabulary/function-words.ts'

/** How much a match of another word of the group counts, compared with the word itself. */
const SAME_MEANING = 0.75
/** Of two of the usual verbs with the same effect. */
const SAME_EFFECT = 0.85
const RELATED_MEANING = 0.45
/** The least that another word counts for a word of an idiom which means the same. */
const LITERAL = 0.7
/** A phrase stands for its words, each of which says only a part. */
const PART_OF_PHRASE = 0.6

interface Thesaurus {
  readonly words: ReadonlyMap<string, Alternatives>
  readonly phrases: PhraseNode
}

const NONE: Alternatives = new Map()
const NOTHING_LITERAL = new Map<number, readonly string[]>()
let loaded: Thesaurus | undefined

const optional = new RegExp(`(?<=_)(?:${OPTIONAL.replaceAll(' ', '|')})_`, 'g')

/** The longest phrase that begins at this position of the stemmed words. */
export function phraseAt(words: readonly string[], at: number): FoundPhrase | undefined {
  return longestPhrase(thesaurus().phrases, words, at)
}

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

function thesaurus(): Thesaurus {
  return (loaded ??= read(SPOKEN, TEXT, PLAIN))
}

const usual = new Set(
  `add change create delete destroy edit fetch find get insert list modify new patch query read remove retrieve search show update`
    .split(' ')
    .map(stem),
)

/** Whether a stemmed verb is one that most APIs have. Others may name things: `create a transfer`. */
export function isUsualVerb(word: string): boolean {
  return usual.has(word)
}

function sameEffect(one: string, other: string): boolean {
  return usual.has(one) && usual.has(other) && effectOfVerb(one) === effectOfVerb(other)
}

/** What each line of idioms means is held once, for all phrases of the line that are in no other line. */
class Idioms {
  readonly all = new Map<string, Alternatives>()

  add(said: string, meant: Alternatives): void {
    const known = this.all.get(said)
    if (known === undefined) {
      this.all.set(said, meant)
      return
    }
    const both = new Map(known)
    for (const [word, factor] of meant) both.set(word, Math.max(both.get(word) ?? 0, factor))
    this.all.set(said, both)
  }
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

/** A single word is an idiom in `spoken` alone. The phrases of `plain` have words that mean what they say. */
function read(spoken: string, text: string, plain: string): Thesaurus {
  const groups = new Relations()
  const idioms = new Idioms()
  const plainIdioms = new Idioms()
  for (const line of spoken.split('\n')) readLine(line, groups, idioms, true)
  for (const line of text.split('\n')) readLine(line, groups, idioms, false)
  for (const line of plain.split('\n')) readLine(withoutArticles(line), groups, plainIdioms, false)
  const words = new Map<string, Alternatives>()
  const phrases: PhraseNode = {}
  let number = 0
  const add = (phrase: Omit<Phrase, 'number'>): void => {
    addPhrase(phrases, { ...phrase, number })
    number += 1
  }
  for (const [term, alternatives] of idioms.all)
    add({
      words: term.split(' '),
      alternatives,
      idiom: true,
      plain: false,
      literal: NOTHING_LITERAL,
    })
  for (const [term, alternatives] of plainIdioms.all) {
    if (idioms.all.has(term)) continue
    const parts = term.split(' ')
    const literal = literalWords(parts, alternatives, groups.all)
    add({ words: parts, alternatives, idiom: true, plain: true, literal })
  }
  for (const [term, alternatives] of groups.all) {
    const parts = term.split(' ')
    if (parts.length === 1) words.set(term, alternatives)
    else add({ words: parts, alternatives, idiom: false, plain: false, literal: NOTHING_LITERAL })
  }
  stems.clear()
  return { words, phrases }
}

function readLine(line: string, groups: Relations, idioms: Idioms, isSpoken: boolean): void {
  const [said = '', meant] = line.split('>')
  const [same = [], related = []] = (meant ?? said).split('|').map(termsOf)
  const meaning = new Relations()
  const relate = (to: Relations, one: string): void => {
    for (const other of same)
      to.relate(one, other, sameEffect(one, other) ? SAME_EFFECT : SAME_MEANING)
    for (const other of related) to.relate(one, other, RELATED_MEANING)
  }
  if (meant === undefined) {
    for (const one of same) {
      relate(groups, one)
      for (const other of related) groups.relate(other, one, RELATED_MEANING)
    }
    return
  }
  relate(meaning, '')
  for (const one of termsOf(said)) {
    const single = !one.includes(' ')
    if (single) relate(groups, one)
    if (single && !(isSpoken && isChangeOfSomething(one, [...same, ...related]))) continue
    const own = new Relations()
    if (single) relate(own, one)
    idioms.add(one, (single ? own.all.get(one) : meaning.all.get('')) ?? NONE)
  }
}

/** What may be between two words of a phrase need not be said: `pay_the_bill` is found in `pay my bill`. */
function withoutArticles(line: string): string {
  return line.replaceAll(optional, '')
}

/** `pay_the_bill` means the bill, and what is done to it. */
function literalWords(
  words: readonly string[],
  meant: Alternatives,
  groups: ReadonlyMap<string, Alternatives>,
): Phrase['literal'] {
  const literal = new Map<number, readonly string[]>()
  for (const [at, word] of words.entries()) {
    if ((at === 0 && isVerb(word)) || isStopWord(word)) continue
    const own = groups.get(word) ?? NONE
    const same = [...meant.keys()].filter(
      (other) => other === word || (!isVerb(other) && (own.get(other) ?? 0) >= LITERAL),
    )
    if (same.length > 0 || (at > 0 && !isVerb(word) && groups.has(word))) literal.set(at, same)
  }
  return literal
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

/** The vocabulary has each of its words many times. */
const stems = new Map<string, string>()

function stemOf(word: string): string {
  let known = stems.get(word)
  if (known === undefined) stems.set(word, (known = stem(word)))
  return known
}

/** Stemmed terms, the words of a phrase separated by a space. */
function termsOf(text: string): string[] {
  const terms = text.split(/\s+/).filter((term) => term !== '')
  return terms.map((term) => term.split('_').map(stemOf).join(' '))
}
