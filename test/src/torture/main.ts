import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compact } from '@alkdev/std'
import { hasPgbouncer, NO_PGBOUNCER } from '@alkdev/testing'
import { runChaos } from './chaos-run/run-chaos.ts'
import type { ChaosSummary } from './chaos-run/run-stages.ts'
import { canMakeHosts, NO_HOSTS } from './hosts/host-network.ts'
import { startHosts } from './hosts/start-hosts.ts'
import { runLedgerTorture } from './ledger/run-ledger-torture.ts'
import type { LedgerTortureSummary } from './ledger/run-ledger-torture.ts'
import { runPooler } from './pooler/run-pooler.ts'
import { runPlanTorture } from './plan/run-plan-torture.ts'
import type { PlanTortureSummary } from './plan/run-plan-torture.ts'
import { runQueueTorture } from './queue/run-queue-torture.ts'
import type { QueueTortureSummary } from './queue/run-queue-torture.ts'
import { runTorture } from './run-torture.ts'
import type { TortureSummary } from './run-torture.ts'
import { runWorkflowTorture } from './workflow/run-workflow-torture.ts'
import type { WorkflowTortureSummary } from './workflow/run-workflow-torture.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    // Default: 100,000; of the ledger 10,000.
    calls: { type: 'string' },
    minutes: { type: 'string' },
    // The queue is behind PgBouncer.
    pooled: { type: 'boolean', default: false },
    // Of chaos, hosts and pooler, with commas between them: only these, again and again. Of hosts: pairs, such as `gateway and mcp`.
    stages: { type: 'string' },
    json: { type: 'boolean', default: false },
    // Writes the run to docs/reference/performance.md.
    record: { type: 'boolean', default: false },
  },
})

const seed = Number(values.seed)
const [name = 'calls'] = positionals
const stages = compact({ stages: values.stages?.split(',').map((stage) => stage.trim()) })
const calls = Number(values.calls ?? (name === 'ledger' ? 10_000 : 100_000))
const onProgress = (sentence: string): void => void process.stderr.write(`${sentence}\n`)

async function ofCalls(): Promise<TortureSummary> {
  const summary = await runTorture({
    seed,
    calls,
    maxMs: Number(values.minutes ?? 10) * 60_000,
    httpCallers: 24,
    sockets: 4,
    spokes: 5,
    pauseMs: [300, 2500],
    longestFailureMs: 3000,
    drainBudgetMs: 10_000,
    onProgress,
  })
  const { seconds, starts, slowestMs } = summary
  console.log(`seed ${seed}: ${summary.calls} calls in ${seconds} s, ${starts} handler starts`)
  console.log(`slowest answer ${slowestMs} ms`)
  return summary
}

async function ofQueue(): Promise<QueueTortureSummary> {
  const summary = await runQueueTorture({
    seed,
    calls,
    batch: 500,
    coordinators: 2,
    spokes: 3,
    pauseMs: [1000, 4000],
    workMs: [0, 100],
    maxMs: Number(values.minutes ?? 30) * 60_000,
    pooled: values.pooled,
    onProgress,
  })
  console.log(
    `seed ${seed}: ${summary.calls} calls in ${summary.seconds} s, ${summary.effects} effects`,
  )
  return summary
}

async function ofWorkflow(): Promise<WorkflowTortureSummary> {
  const summary = await runWorkflowTorture({
    seed,
    blocks: 20,
    runs: 4,
    coordinators: 2,
    pauseMs: [1000, 4000],
    workMs: 100,
    maxMs: Number(values.minutes ?? 20) * 60_000,
    onProgress,
  })
  const { runs, steps, seconds, undisturbedSeconds, effects } = summary
  console.log(
    `seed ${seed}: ${runs} runs of ${steps} steps in ${seconds} s (undisturbed ${undisturbedSeconds} s), ${effects} effects`,
  )
  return summary
}

async function ofPlan(): Promise<PlanTortureSummary> {
  const summary = await runPlanTorture({
    seed,
    tasks: 24,
    sessions: 8,
    spokes: 3,
    coordinators: 2,
    withUndisturbed: true,
    pauseMs: [2000, 6000],
    maxMs: Number(values.minutes ?? 30) * 60_000,
    onProgress,
  })
  const { tasks, rounds, seconds, undisturbedSeconds, sessions } = summary
  console.log(
    `seed ${seed}: ${tasks} tasks in ${rounds} rounds and ${seconds} s (undisturbed ${undisturbedSeconds} s), ${sessions} sessions`,
  )
  return summary
}

async function ofLedger(): Promise<LedgerTortureSummary> {
  const summary = await runLedgerTorture({
    seed,
    calls,
    callers: 24,
    proxies: 3,
    pauseMs: [1000, 4000],
    onProgress,
  })
  const { requests, seconds } = summary
  console.log(`seed ${seed}: ${summary.calls} calls in ${seconds} s, ${requests} requests`)
  for (const example of summary.examples) console.error(JSON.stringify(example))
  return summary
}

async function ofChaos(): Promise<ChaosSummary> {
  const summary = await runChaos({
    seed,
    maxMs: Number(values.minutes ?? 10) * 60_000,
    pauseMs: [200, 2000],
    size: { longestMs: 5000, sockets: 2000, slowClients: 500, badKeys: 5000 },
    ...stages,
    onProgress,
  })
  const { rounds, seconds, calls } = summary
  console.log(`seed ${seed}: ${rounds} rounds of all stages in ${seconds} s, ${calls} calls`)
  for (const example of summary.examples) console.error(example)
  return summary
}

async function ofHosts(): Promise<ChaosSummary> {
  if (!canMakeHosts()) throw new Error(NO_HOSTS)
  const options = {
    seed,
    maxMs: Number(values.minutes ?? 0) * 60_000,
    pauseMs: [200, 1000],
    longestMs: 6000,
    ...stages,
    onProgress,
  } as const
  const summary = await startHosts(options, AbortSignal.timeout(3_600_000))
  const { seconds, calls } = summary
  console.log(`seed ${seed}: ${summary.rounds} rounds in ${seconds} s, ${calls} calls`)
  for (const example of summary.examples) console.error(example)
  return summary
}

async function ofPooler(): Promise<ChaosSummary> {
  if (!hasPgbouncer) throw new Error(NO_PGBOUNCER)
  const summary = await runPooler({
    seed,
    maxMs: Number(values.minutes ?? 5) * 60_000,
    pauseMs: [200, 2000],
    outageMs: [300, 6000],
    ...stages,
    onProgress,
  })
  const { rounds, seconds, calls } = summary
  console.log(`seed ${seed}: ${rounds} rounds of all stages in ${seconds} s, ${calls} calls`)
  for (const example of summary.examples) console.error(example)
  return summary
}

type Summary =
  | ChaosSummary
  | TortureSummary
  | QueueTortureSummary
  | WorkflowTortureSummary
  | LedgerTortureSummary
  | PlanTortureSummary

const RUNS: Readonly<Record<string, () => Promise<Summary>>> = {
  calls: ofCalls,
  queue: ofQueue,
  workflow: ofWorkflow,
  ledger: ofLedger,
  plan: ofPlan,
  chaos: ofChaos,
  hosts: ofHosts,
  pooler: ofPooler,
}
const run = RUNS[name]
if (run === undefined)
  throw new Error(`There is no torture ${name}: ${Object.keys(RUNS).join(', ')}`)
const summary = await run()
if (values.record) {
  const bench = join(import.meta.dirname, '../../../bench')
  const record = { at: new Date().toISOString(), ...summary, examples: undefined }
  const pooled = values.pooled ? '-pooled' : ''
  const file = name === 'calls' ? 'torture.json' : `torture-${name}${pooled}.json`
  await writeFile(join(bench, 'results', file), `${JSON.stringify(record, null, 2)}\n`)
  execFileSync(process.execPath, [join(bench, 'src/write-reference.ts')], { stdio: 'inherit' })
}
if (values.json) console.log(JSON.stringify(summary))
else {
  const { injected, ends: ended, faults } = summary
  for (const [title, counts] of Object.entries({ injected, ended, faults })) {
    console.log(`\n${title}`)
    for (const [what, count] of Object.entries(counts))
      console.log(`  ${String(count).padStart(8)}  ${what}`)
  }
}
// A run with any fault has failed.
process.exitCode = Object.values(summary.faults).every((count) => count === 0) ? 0 : 1
// A connection that was being opened while its server was killed may keep the process alive.
setTimeout(() => process.exit(), 5000).unref()
