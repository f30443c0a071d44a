import { expect, test } from 'vitest'
import {
  apiOperations,
  indexOfApis,
  labelledQueries,
  learningOperations,
  recallOf,
} from './recall.ts'
import type { Recall } from './recall.ts'

const index = indexOfApis()
const find = (query: string): string[] => index.search(query, 20).map(({ id }) => id)

function line(name: string, { queries, first, three }: Recall): string {
  return `${name}: ${queries} queries, R@1 ${first} %, R@3 ${three} %\n`
}

/** Limits a little below what was measured. The vectors of words know the queries to tune on. The page `docs/reference/search.md` has the figures. */
test.each([
  ['tuning', { first: 84, three: 96 }],
  ['held-out', { first: 65, three: 84 }],
] as const)(
  'of the %s queries over real APIs as many find their operation as before',
  (part, least) => {
    const { total, byKind } = recallOf(find, labelledQueries(part))
    process.stdout.write(line(`search, ${part}`, total))
    for (const [kind, recall] of byKind) process.stdout.write(line(`  ${kind}`, recall))
    expect(total.first).toBeGreaterThanOrEqual(least.first)
    expect(total.three).toBeGreaterThanOrEqual(least.three)
  },
)

test('each labelled query names operations that are in the index', () => {
  expect(index.size).toBeGreaterThanOrEqual(500)
  const queries = [...labelledQueries('tuning'), ...labelledQueries('held-out')]
  expect(queries.length).toBeGreaterThanOrEqual(150)
  const unknown = queries.flatMap(({ wanted }) =>
    wanted.filter((id) => index.search(id, 1)[0]?.id !== id),
  )
  expect(unknown).toEqual([])
})

test('each query to learn from names operations of other APIs', () => {
  const operations = learningOperations()
  const wanted = labelledQueries('learning').flatMap((query) => query.wanted)
  expect(wanted.length).toBeGreaterThanOrEqual(400)
  expect(wanted.filter((id) => !operations.has(id))).toEqual([])
  const known = new Set([...apiOperations().values()].map(({ namespace }) => namespace))
  expect([...operations.values()].filter(({ namespace }) => known.has(namespace))).toEqual([])
})

test('no query is in two parts', () => {
  const tuned = new Set(
    [...labelledQueries('tuning'), ...labelledQueries('learning')].map(({ text }) => text),
  )
  expect(labelledQueries('held-out').filter(({ text }) => tuned.has(text))).toEqual([])
})
