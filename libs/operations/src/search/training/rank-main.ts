/**
 * Learns what each part of a score counts, for `ranking.ts`:
 *
 * node train-main.ts ... --without tuning; node rank-main.ts features tuning > A
 * node train-main.ts ... --without learning; node rank-main.ts features learning > B
 * node rank-main.ts learn A B
 *
 * The vectors of words must not know the queries, because those that do are too good a sign. The last command prints the weights, and the recall of each part with
 * weights that were learned from other APIs. Afterwards, `train-main.ts` without an option writes the vectors that are used.
 */
import { readFileSync } from 'node:fs'
import { FEATURES } from '../ranking.ts'
import { apiOperations, labelledQueries, learningOperations } from '../recall.ts'
import { SearchIndex } from '../search-index.ts'
import { learnWeights } from './logit.ts'
import type { Choice } from './logit.ts'

const FOLDS = 8

interface Row extends Choice {
  readonly part: string
  readonly api: string
}

function features(part: 'tuning' | 'learning'): Row[] {
  const index = new SearchIndex()
  const operations = part === 'tuning' ? apiOperations() : learningOperations()
  for (const [id, entry] of operations) index.set(id, entry)
  return labelledQueries(part).map(({ text, wanted }) => {
    const candidates = index.candidates(text)
    return {
      part,
      api: wanted[0]?.split('.')[0] ?? '',
      features: candidates.map((candidate) =>
        FEATURES.map((name) => candidate.features?.[name] ?? 0),
      ),
      right: candidates.map(({ id }) => wanted.includes(id)),
    }
  })
}

function rankOf({ features, right }: Choice, weights: readonly number[]): number {
  const scored = features.map((own, at) => ({
    score: own.reduce((sum, value, feature) => sum + value * (weights[feature] ?? 0), 0),
    right: right[at],
  }))
  return scored.toSorted((a, b) => b.score - a.score).findIndex((one) => one.right)
}

function learn(rows: readonly Row[]): void {
  const apis = [...new Set(rows.map(({ api }) => api))].toSorted()
  const foldOf = (row: Row): number => apis.indexOf(row.api) % FOLDS
  const ranks = new Map<string, number[]>()
  for (let fold = 0; fold < FOLDS; fold++) {
    const weights = learnWeights(rows.filter((row) => foldOf(row) !== fold))
    for (const row of rows.filter((other) => foldOf(other) === fold))
      ranks.set(row.part, [...(ranks.get(row.part) ?? []), rankOf(row, weights)])
  }
  for (const [part, own] of ranks) {
    const share = (most: number): string =>
      ((100 * own.filter((rank) => rank >= 0 && rank < most).length) / own.length).toFixed(1)
    console.log(
      `${part}: ${own.length} queries, R@1 ${share(1)}, R@3 ${share(3)}, among the candidates ${share(1e9)}`,
    )
  }
  const weights = learnWeights(rows)
  for (const [at, name] of FEATURES.entries())
    console.log(`${name}: ${(weights[at] ?? 0).toFixed(2)},`)
}

const [command, ...rest] = process.argv.slice(2)
if (command === 'features' && (rest[0] === 'tuning' || rest[0] === 'learning'))
  console.log(JSON.stringify(features(rest[0])))
else if (command === 'learn')
  learn(rest.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')) as Row[]))
else throw new Error('Use: features tuning | features learning | learn FILE FILE')
