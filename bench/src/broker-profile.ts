import { must } from '@alkdev/std'
import { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { Inspector } from './cpu-profile.ts'
import { hubCaller } from './socket-caller.ts'
import { printProfile } from './print-profile.ts'

/**
 * Where a broker spends the processor time of a call from one WebSocket to another, by stage, and its longest functions:
 * `node bench/src/broker-profile.ts [calls [folder]]`. The profile itself goes to the folder.
 */

const calls = Number(process.argv[2] ?? 20_000)
const folder = process.argv[3]
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
await printProfile(profile, { name: 'broker-alone', count: calls, unit: 'call', folder })
