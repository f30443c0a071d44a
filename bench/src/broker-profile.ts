import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '@alkdev/std'
import { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { functionTimes, Inspector, stageTimes } from './cpu-profile.ts'
import { hubCaller } from './socket-caller.ts'

/**
 * Where a broker spends the processor time of a call from one WebSocket to another, by stage, and its longest functions:
 * `node bench/src/broker-profile.ts [calls [folder]]`. The profile itself goes to the folder.
 */

const calls = Number(process.argv[2] ?? 20_000)
const folder = process.argv[3]
const FUNCTIONS = 60
await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
await using children = new Children()
const broker = must(stack.brokers[0])
await children.start('./hub-spoke-peer.ts', ['bare', broker.url, stack.key, 'bare'])
const caller = await hubCaller(broker.url, stack.key, 'client.bare.bench.echo')
const burst = async (count: number): Promise<void> => {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await caller.call()
  }
  await Promise.all(Array.from({ length: 64 }, worker))
}
await burst(40_000)
await using inspector = await Inspector.open(must(broker.machine.pid))
const profile = await inspector.profile(() => burst(calls))
caller.close()
if (folder !== undefined)
  await writeFile(join(folder, 'broker-alone.cpuprofile'), JSON.stringify(profile))
const stages = stageTimes(profile)
const sum = stages.reduce((all, [, us]) => all + us, 0)
console.log(`broker: ${(sum / calls).toFixed(0)} us per call`)
for (const [stage, us] of stages)
  if (us / calls >= 0.3) console.log(`${(us / calls).toFixed(1).padStart(8)}  ${stage}`)
console.log('')
for (const [fn, us] of functionTimes(profile).slice(0, FUNCTIONS))
  console.log(`${(us / calls).toFixed(2).padStart(8)}  ${fn}`)
