import { parseArgs } from 'node:util'
import { startFuzzHub } from './fuzz-hub.ts'
import { repeatInput, runFuzz } from './run-fuzz.ts'

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

const seed = Number(values.seed)
const workers = Number(values.workers)
const onProgress = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
await using hub = await startFuzzHub(seed)
if (values.entry !== undefined) {
  const outcome = await repeatInput(hub, values.entry, Number(values.input))
  await hub.lookAtLast()
  console.log(JSON.stringify({ outcome, ended: hub.ended, ownerless: hub.ownerless }, null, 2))
  process.exitCode = outcome.is === 'fault' || hub.ended.length + hub.ownerless.length > 0 ? 1 : 0
} else {
  onProgress(`The hub is up; seed ${seed}, ${workers} inputs at a time.`)
  const forMs = Number(values.minutes) * 60_000
  const tally = await runFuzz(hub, { seed, forMs, workers, onProgress })
  console.log(`\nseed ${seed}\n\n${tally.table()}\n\ncodes`)
  for (const [code, count] of [...tally.codes].toSorted(([, a], [, b]) => b - a))
    console.log(`  ${String(count).padStart(8)}  ${code}`)
  const wrong = {
    'processes that ended': hub.ended,
    'promises without an owner': hub.ownerless,
    'answers that were no coded error': tally.faults,
  }
  for (const [title, lines] of Object.entries(wrong)) {
    console.log(`\n${title}: ${lines.length}`)
    for (const line of lines) console.log(`  ${line}`)
  }
  process.exitCode = Object.values(wrong).every((lines) => lines.length === 0) ? 0 : 1
}
