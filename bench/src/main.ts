import { benchLimits, secondsOf } from './bench-limits.ts'
import { benchNames } from './bench-names.ts'
import { worseRows, worseSentence } from './compare-rows.ts'
import type { WorseRow } from './compare-rows.ts'
import { onlyKnown, readReport, withOutcome, writeReport } from './report.ts'
import type { Row } from './row.ts'
import { runBench } from './run-bench.ts'
import { table } from './table.ts'
import { writePerformancePage } from './write-performance-page.ts'

// `npm run bench [name ...]`: the benches that take 12 minutes together, or those named, one after the other; one table of what was measured now, and the
// rows that are worse than in the recorded run. What the others measured stays in results/latest.json and on the page.
const only = process.argv.slice(2)
const known = await benchNames()
const unknown = only.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`No bench ${unknown.join(', ')}. There are: ${known.join(', ')}\n`)
  process.exit(1)
}

const chosen = known.filter((name) =>
  only.length === 0 ? benchLimits[name]?.named === false : only.includes(name),
)
let report = onlyKnown(await readReport(), known)
const measured: Row[] = []
const failed: string[] = []
const worse: WorseRow[] = []
for (const name of chosen) {
  const seconds = secondsOf(name, only.length > 0)
  process.stderr.write(`${name} (at most ${seconds} s) ...\n`)
  const outcome = await runBench(name, seconds)
  if ('rows' in outcome) {
    measured.push(...outcome.rows)
    const before = report.results[name]?.rows ?? []
    worse.push(...worseRows(before, outcome.rows))
  } else failed.push(`${name} failed: ${outcome.message}`)
  report = withOutcome(report, name, outcome)
  await writeReport(report)
}
await writePerformancePage()
console.log(table(measured, new Set(worse.map(({ row }) => row))))
for (const sentence of [...worse.map((one) => worseSentence(one)), ...failed])
  console.error(sentence)
process.exitCode = failed.length === 0 ? 0 : 1
