import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { startOwnRedis } from '@alkdev/bus/testing'
import { must } from '@alkdev/std'

/**
 * Processor time of one call between two instances (caller, provider and Redis client in one process), for several checkouts in one run:
 * `node bench/src/call-cpu.ts DIR [DIR ...]`. The checkouts take turns, round by round, so that what else runs on the machine falls on all.
 * Prints the median of the rounds in microseconds per call, and half the distance between the quartiles as noise.
 */

const ROUNDS = 10
const CALLS = 15_000
/** Linux counts processor time in hundredths of a second. */
const TICK_US = 10_000

interface Contender {
  readonly checkout: string
  readonly child: ChildProcess
  readonly usPerCall: number[]
}

/** Microseconds of processor time of a process, from `/proc/PID/stat`. */
function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

async function round({ child, usPerCall }: Contender, keep: boolean): Promise<void> {
  const pid = must(child.pid)
  const before = cpuUs(pid)
  child.send(CALLS)
  await once(child, 'message')
  if (keep) usPerCall.push((cpuUs(pid) - before) / CALLS)
}

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return must(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))])
}

await using redis = await startOwnRedis()
const script = new URL('./call-cpu-child.ts', import.meta.url)
const contenders: Contender[] = []
for (const checkout of process.argv.slice(2)) {
  const child = fork(script, [checkout, redis.url])
  await once(child, 'message')
  contenders.push({ checkout, child, usPerCall: [] })
}
for (let at = 0; at < ROUNDS + 2; at++) {
  // The first two rounds warm up.
  for (const contender of at % 2 === 0 ? contenders : contenders.toReversed()) {
    await round(contender, at >= 2)
  }
}
for (const { checkout, child, usPerCall } of contenders) {
  const noise = (quantile(usPerCall, 0.75) - quantile(usPerCall, 0.25)) / 2
  const median = quantile(usPerCall, 0.5)
  process.stdout.write(`${checkout}: ${median.toFixed(1)} us per call, +- ${noise.toFixed(1)}\n`)
  child.kill()
}
