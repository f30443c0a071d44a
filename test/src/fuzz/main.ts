import { parseArgs } from 'node:util'
import { runFuzz } from './run-fuzz.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '10' },
    workers: { type: 'string', default: '6' },
    // A fault names its entry point and its input: both together repeat it.
    entry: { type: 'string' },
    input: { type: 'string' },
  },
})

const { tally, ended, ownerless } = await runFuzz({
  seed: Number(values.seed),
  forMs: Number(values.minutes) * 60_000,
  workers: Number(values.workers),
  ...(values.entry !== undefined && { only: { entry: values.entry, input: Number(values.input) } }),
  onProgress: (sentence) => process.stderr.write(`${sentence}\n`),
})
console.log(`\nseed ${values.seed}\n\n${tally.table()}\n\ncodes`)
for (const [code, count] of [...tally.codes].toSorted(([, a], [, b]) => b - a))
  console.log(`  ${String(count).padStart(8)}  ${code}`)
for (const [title, lines] of Object.entries({
  'processes that ended': ended,
  'promises without an owner': ownerless,
  'answers that were no coded error': tally.faults,
})) {
  console.log(`\n${title}: ${lines.length}`)
  for (const line of lines) console.log(`  ${line}`)
}
process.exit(ended.length + ownerless.length + tally.faults.length === 0 ? 0 : 1)
