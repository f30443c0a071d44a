import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runTorture } from './run-torture.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    calls: { type: 'string', default: '100000' },
    minutes: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    // Writes the run to docs/reference/performance.md.
    record: { type: 'boolean', default: false },
  },
})

const summary = await runTorture({
  seed: Number(values.seed),
  calls: Number(values.calls),
  maxMs: Number(values.minutes) * 60_000,
  httpCallers: 24,
  sockets: 4,
  spokes: 5,
  pauseMs: [300, 2500],
  longestFailureMs: 3000,
  drainBudgetMs: 10_000,
  onProgress: (sentence) => process.stderr.write(`${sentence}\n`),
})
if (values.record) {
  const bench = join(import.meta.dirname, '../../../bench')
  const record = { at: new Date().toISOString(), ...summary }
  await writeFile(join(bench, 'results/torture.json'), `${JSON.stringify(record, null, 2)}\n`)
  execFileSync(process.execPath, [join(bench, 'src/write-reference.ts')], { stdio: 'inherit' })
}
if (values.json) console.log(JSON.stringify(summary))
else {
  const { seed, calls, seconds, starts, slowestMs, ends, injected, faults } = summary
  console.log(`seed ${seed}: ${calls} calls in ${seconds} s, ${starts} handler starts`)
  console.log(`slowest answer ${slowestMs} ms`)
  for (const [title, counts] of Object.entries({ injected, ended: ends, faults })) {
    console.log(`\n${title}`)
    for (const [what, count] of Object.entries(counts))
      console.log(`  ${String(count).padStart(8)}  ${what}`)
  }
}
// A run with any fault has failed.
process.exitCode = Object.values(summary.faults).every((count) => count === 0) ? 0 : 1
