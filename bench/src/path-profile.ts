import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { functionTimes, Inspector, stageTimes } from './cpu-profile.ts'
import { burst, hubPath, untilAnswers } from './path-contender.ts'

/**
 * Where gateway, broker and spoke spend the processor time of a call, by stage, and their longest functions: `node bench/src/path-profile.ts [calls [folder]]`.
 * The profiles themselves go to the folder.
 * The profiler itself takes a part of the time, so that the sums are larger than those of the bench `path`.
 */

const calls = Number(process.argv[2] ?? 6000)
const folder = process.argv[3]
const FUNCTIONS = 45
const IN_FLIGHT = 64
await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
await using children = new Children()
const { call, processes } = await hubPath(stack, children)
await untilAnswers(call)
await burst(call, 8000, IN_FLIGHT)
for (const name of ['gateway', 'broker', 'spoke']) {
  await using inspector = await Inspector.open(processes[name] ?? 0)
  const profile = await inspector.profile(() => burst(call, calls, IN_FLIGHT))
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
