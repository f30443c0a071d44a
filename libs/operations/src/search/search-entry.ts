import { effectOf, hasVerb } from './effect.ts'
import type { Effect } from './effect-verbs.ts'
import { meaningOf } from './meaning.ts'
import { parameterText } from './parameter-text.ts'
import type { WordWeight } from './postings.ts'
import type { EntryTexts } from './text-fit.ts'
import { stem, tokens, wordsOf } from './tokens.ts'

/** What is indexed of an operation. All texts but the id are split into words. */
export interface SearchEntry {
  readonly namespace: string
  readonly name: string
  readonly title?: string | undefined
  readonly type?: 'query' | 'mutation' | 'subscription' | undefined
  readonly tags?: readonly string[] | undefined
  readonly description?: string | undefined
  /** The names and descriptions of its properties count a little. */
  readonly inputSchema?: unknown
  /** Who offers it, if searching for that should find it. */
  readonly owner?: string | undefined
  /** Factor of its score, above 0; less than 1 ranks it after others. Default 1. */
  readonly prior?: number | undefined
  /** `prior` does not apply to a query that has all words of namespace and name. */
  readonly priorUnlessNamed?: boolean | undefined
  /** At most two entries of a group are among the results of one search. Default: a group of its own. */
  readonly group?: string | undefined
  /** Where the texts are from: entries with the same object have the same texts, and their words are computed and held once. */
  readonly source?: object | undefined
}

/** By field: what a word in it is worth, and the number of words of an ordinary text of this kind, for which length costs nothing. */
const FIELDS = {
  name: { weight: 4, ordinary: 3 },
  title: { weight: 3, ordinary: 4 },
  namespace: { weight: 2.5, ordinary: 1 },
  tags: { weight: 2, ordinary: 2 },
  owner: { weight: 1.5, ordinary: 1 },
  description: { weight: 1.5, ordinary: 14 },
  parameters: { weight: 0.4, ordinary: 25 },
}
/** The first words of a description say what the operation does. */
const SUMMARY_WORDS = 8
const SUMMARY_WEIGHT = 2.5
const MAX_SUMMARY_LENGTH = 600
/** What the words of an entry count in its meaning, and how many of its description do. */
const MEANING = { name: 1.5, summary: 1, rest: 0.3, words: 20 }
/** What the verb `get` is worth in an operation that reads and whose name has no verb. */
const IMPLIED_VERB = 3
/** BM25: how soon repetition stops counting, and how strongly long texts are penalized. */
const K1 = 2
const B = 0.5
/** Characters of a field that are indexed. */
const MAX_FIELD_LENGTH = 4096

/** An entry as the index holds it. */
export interface IndexedEntry {
  readonly id: string
  readonly group: string
  /** What a word is worth; of a word in several maps, what the last one says. */
  readonly words: readonly ReadonlyMap<string, WordWeight>[]
  readonly effect: Effect | undefined
  readonly prior: number
  readonly texts: EntryTexts
  readonly meaning: Int8Array | undefined
  /** The words of namespace and name, where `prior` does not apply to a query that has them all. */
  readonly nameWords: readonly string[] | undefined
}

/** A name of words that otherwise identify nothing, such as `me`, keeps them. */
function nameTokens(name: string): string[] {
  const text = name.slice(0, MAX_FIELD_LENGTH)
  const words = tokens(text)
  return words.length > 0 ? words : wordsOf(text).map(stem)
}

/** What entries with the same texts share. */
interface IndexedTexts {
  /** What a word is worth before repetition is damped. */
  readonly values: ReadonlyMap<string, number>
  readonly words: ReadonlyMap<string, WordWeight>
  readonly effect: Effect | undefined
  readonly texts: EntryTexts
  readonly meaning: Int8Array | undefined
  readonly nameWords: readonly string[]
}

const known = new WeakMap<object, IndexedTexts>()

export function indexedEntry(id: string, entry: SearchEntry): IndexedEntry {
  const { source, owner } = entry
  let shared = source === undefined ? undefined : known.get(source)
  if (shared === undefined) {
    shared = indexedTexts(entry)
    if (source !== undefined) known.set(source, shared)
  }
  return {
    id,
    group: entry.group ?? id,
    words: owner === undefined ? [shared.words] : [shared.words, ownerWords(owner, shared)],
    effect: shared.effect,
    prior: entry.prior ?? 1,
    texts: shared.texts,
    meaning: shared.meaning,
    nameWords: entry.priorUnlessNamed === true ? shared.nameWords : undefined,
  }
}

function indexedTexts(entry: SearchEntry): IndexedTexts {
  const values = new Map<string, number>()
  const { namespace, name, title, description, tags } = entry
  addWords(values, 'name', name)
  addWords(values, 'namespace', namespace)
  addWords(values, 'title', title)
  addWords(values, 'description', description)
  addWords(values, 'parameters', parameterText(entry.inputSchema))
  addWords(values, 'tags', tags?.join(' '))
  // A query without a verb in its name (`accounts.me`) gets what it names.
  if (entry.type === 'query' && !hasVerb(name))
    values.set('get', (values.get('get') ?? 0) + IMPLIED_VERB)
  const described = tokens((description ?? '').slice(0, MAX_SUMMARY_LENGTH))
  const texts = {
    namespace: tokens(namespace),
    name: nameTokens(name),
    ownWords: tokens(name.slice(name.lastIndexOf('.') + 1)).length,
    summary: described.slice(0, SUMMARY_WORDS),
    spelled: wordsOf(`${namespace} ${name}`.slice(0, MAX_FIELD_LENGTH)).join(' '),
  }
  const meaning = meaningOf([
    [texts.namespace, MEANING.name],
    [texts.name, MEANING.name],
    [tokens(title ?? ''), MEANING.summary],
    [texts.summary, MEANING.summary],
    [described.slice(SUMMARY_WORDS, MEANING.words), MEANING.rest],
  ])
  const nameWords = [...texts.namespace, ...texts.name]
  const words = new Map<string, WordWeight>()
  for (const [word, value] of values) words.set(word, weightOf(word, value, nameWords))
  return {
    values,
    words,
    effect: effectOf(name, description, entry.type),
    texts,
    meaning,
    nameWords,
  }
}

function ownerWords(owner: string, shared: IndexedTexts): Map<string, WordWeight> {
  const values = new Map<string, number>()
  addWords(values, 'owner', owner)
  return new Map(
    [...values].map(([word, value]) => [
      word,
      weightOf(word, value + (shared.values.get(word) ?? 0), shared.nameWords),
    ]),
  )
}

function addWords(
  values: Map<string, number>,
  field: keyof typeof FIELDS,
  text: string | undefined,
): void {
  if (text === undefined || text === '') return
  const words = field === 'name' ? nameTokens(text) : tokens(text.slice(0, MAX_FIELD_LENGTH))
  const { weight, ordinary } = FIELDS[field]
  const each = weight / (1 - B + (B * words.length) / ordinary)
  for (const [at, word] of words.entries()) {
    const value =
      field === 'description' && at < SUMMARY_WORDS ? Math.max(SUMMARY_WEIGHT, each) : each
    values.set(word, (values.get(word) ?? 0) + value)
  }
}

function weightOf(word: string, value: number, nameWords: readonly string[]): WordWeight {
  const share = nameWords.includes(word) ? 1 / nameWords.length : 0
  return { weight: (value * (K1 + 1)) / (value + K1), name: share }
}
