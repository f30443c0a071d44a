import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { functionTimes, Inspector, stageTimes } from './cpu-profile.ts'
import { hubPath } from './path-contender.ts'

/**
 * Where the gateway and the broker spend the processor time of a call, by stage, and their longest functions: `node bench/src/path-profile.ts [calls [folder]]`.
 * The profiles themselves go to the folder.
 * The profiler itself takes a part of the time, so that the sums are larger than those of the bench `path`.
 */

const calls = Number(process.argv[2] ?? 6000)
const folder = process.argv[3]
const FUNCTIONS = 45
await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
await using children = new Children()
const { call, processes } = await hubPath(stack, children)
const burst = async (count: number): Promise<void> => {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: 64 }, worker))
}
for (let at = 0; at < 20; at++) await call().catch(() => undefined)
await burst(8000)
for (const name of ['gateway', 'broker']) {
  await using inspector = await Inspector.open(processes[name] ?? 0)
  const profile = await inspector.profile(() => burst(calls))
  if (folder !== undefined)
    await writeFile(join(folder, `${name}.cpuprofile`), JSON.stringify(profile))
  const stages = stageTimes(profile)
  const sum = stages.reduce((all, [, us]) => all + us, 0)
  console.log(`\n${name}: ${(sum / calls).toFixed(0)} us per call`)
  for (const [stage, us] of stages)
    if (us / calls >= 0.5) console.log(`${(us / calls).toFixed(1).padStart(8)}  ${stage}`)
  console.log('')
  for (const [fn, us] of functionTimes(profile).slice(0, FUNCTIONS))
    console.log(`${(us / calls).toFixed(2).padStart(8)}  ${fn}`)
}
