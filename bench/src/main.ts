import { join } from 'node:path'
import { benchNames } from './bench-names.ts'
import { hostFacts } from './host-facts.ts'
import { onlyKnown, readReport, withOutcome, writeReport } from './report.ts'
import type { Failure, Measurement } from './report.ts'
import type { Row } from './row.ts'
import { table } from './table.ts'
import { writePerformancePage } from './write-performance-page.ts'

// `npm run bench [name ...]`: all benches, or those named, one after the other; one table of what was measured now. What the others measured
// stays in results/latest.json and on the page.
const only = process.argv.slice(2)
const known = await benchNames()
const unknown = only.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`No bench ${unknown.join(', ')}. There are: ${known.join(', ')}\n`)
  process.exit(1)
}

async function outcomeOf(name: string): Promise<Measurement | Failure> {
  try {
    const bench = (await import(join(import.meta.dirname, `${name}.bench.ts`))) as {
      run(): Promise<readonly Row[]>
    }
    const rows = await bench.run()
    return { at: new Date().toISOString(), machine: hostFacts(), rows }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { at: new Date().toISOString(), message }
  }
}

let report = onlyKnown(await readReport(), known)
const measured: Row[] = []
const failed: string[] = []
for (const name of known.filter((one) => only.length === 0 || only.includes(one))) {
  process.stderr.write(`${name} ...\n`)
  const outcome = await outcomeOf(name)
  if ('rows' in outcome) measured.push(...outcome.rows)
  else failed.push(`${name} failed: ${outcome.message}`)
  report = withOutcome(report, name, outcome)
  await writeReport(report)
}
await writePerformancePage()
console.log(table(measured))
for (const sentence of failed) console.error(sentence)
// Other benches leave servers' sockets behind; the numbers are written.
process.exit(failed.length === 0 ? 0 : 1)
