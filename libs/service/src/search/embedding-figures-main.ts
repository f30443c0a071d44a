import { readFileSync } from 'node:fs'
import { fuseRanks } from '@alkdev/bus'
import type { DirectoryEntry } from '@alkdev/bus'
import { Secret } from '@alkdev/crypto'
import type { OperationSpec } from '@alkdev/operations'
import {
  apiOperations,
  indexOfApis,
  labelledQueries,
  recallOf,
} from '@alkdev/operations/search/testing'
import { OperationVectors } from './operation-vectors.ts'
import { embeddingsOf } from './request-embeddings.ts'
import type { Vector } from './vector.ts'

/*
 * Prints what a model of embeddings adds to the search, for docs/reference/search.md: `npm run embedding-figures -- URL MODEL [FILE]`, where
 * URL/v1/embeddings has the format of OpenAI. The file has its key, if it needs one.
 */

const BATCH = 32
const REQUEST_MS = 120_000
/** As many as the directory merges. */
const MERGED = 200

const [url = '', model = '', keyFile] = process.argv.slice(2)
if (!URL.canParse(url) || model === '')
  throw new Error('Give the URL of a server with embeddings in the format of OpenAI, and a model.')
const server = { instances: () => [{ url: url.replace(/\/$/, ''), load: 0, draining: false }] }
const embed = embeddingsOf(server as never, {
  model,
  key: new Secret(keyFile === undefined ? 'none' : readFileSync(keyFile, 'utf8').trim()),
})

async function embedAll(texts: readonly string[]): Promise<Vector[]> {
  const vectors: Vector[] = []
  for (let at = 0; at < texts.length; at += BATCH) {
    // oxlint-disable-next-line no-await-in-loop -- one request at a time, like the stage
    const found = await embed(texts.slice(at, at + BATCH), AbortSignal.timeout(REQUEST_MS))
    vectors.push(...found)
  }
  return vectors
}

const entries = [...apiOperations()].map(
  ([operationId, spec]) => ({ operationId, spec: spec as OperationSpec }) as DirectoryEntry,
)
const operations = new OperationVectors({ revision: 1, all: () => entries })
operations.follow()
const missing = operations.missing()
const vectors = await embedAll(missing.map(([, text]) => text))
operations.add(new Map(missing.flatMap(([hash], at) => (vectors[at] ? [[hash, vectors[at]]] : []))))

const index = indexOfApis()
console.log('| queries | number | stages | R@1 | R@3 |\n|---|---|---|---|---|')
for (const [part, name] of [
  ['tuning', 'to tune on'],
  ['held-out', 'held out'],
] as const) {
  const queries = labelledQueries(part)
  const asked = await embedAll(queries.map(({ text }) => text))
  const vectorOf = new Map(queries.map(({ text }, at) => [text, asked[at]]))
  const near = (query: string): readonly string[] => {
    const vector = vectorOf.get(query)
    return vector === undefined ? [] : operations.nearest(vector)(() => true, MERGED)
  }
  const stages = {
    words: (query: string) => index.search(query, 20).map(({ id }) => id),
    embeddings: near,
    both: (query: string) =>
      fuseRanks(query, index.search(query, MERGED), near(query), () => 1).map(({ id }) => id),
  }
  for (const [stage, find] of Object.entries(stages)) {
    const { queries: count, first, three } = recallOf(find, queries).total
    console.log(`| ${name} | ${count} | ${stage} | ${first.toFixed(1)} | ${three.toFixed(1)} |`)
  }
}
