import { indexOfApis, labelledQueries, recallOf } from './recall.ts'
import type { Recall } from './recall.ts'

/*
 * Prints the figures of docs/reference/search.md: `npm run search-figures`. The processor time is that of this process, so other work of the machine
 * counts little; the best of several rounds is the one that was disturbed least.
 */

const ROUNDS = 8
const SIZES = [500, 10_000]

function row(name: string, { queries, first, three }: Recall): string {
  return `| ${name} | ${queries} | ${first.toFixed(1)} | ${three.toFixed(1)} |`
}

/** Processor time of one search in microseconds, mean of the queries to tune on. */
function searchUs(size: number): number {
  const index = indexOfApis(size)
  const queries = labelledQueries('tuning')
  const runAll = (): void => {
    for (const { text } of queries) index.search(text, 10)
  }
  runAll()
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage()
    runAll()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / queries.length
  })
  return Math.round(Math.min(...rounds))
}

const index = indexOfApis()
const find = (query: string): string[] => index.search(query, 20).map(({ id }) => id)
console.log('| queries | number | R@1 | R@3 |\n|---|---|---|---|')
for (const [part, name] of [
  ['tuning', 'to tune on'],
  ['held-out', 'held out'],
] as const) {
  const { total, byKind } = recallOf(find, labelledQueries(part))
  console.log(row(name, total))
  for (const [kind, recall] of byKind) console.log(row(`${name}: ${kind}`, recall))
}
console.log('\n| operations | processor time of one search |\n|---|---|')
for (const size of SIZES) console.log(`| ${size} | ${searchUs(size)} us |`)
