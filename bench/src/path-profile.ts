import { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { Inspector } from './cpu-profile.ts'
import { burst, hubPath, untilAnswers } from './path-contender.ts'
import { printProfile } from './print-profile.ts'

/**
 * Where gateway, broker and spoke spend the processor time of a call, by stage, and their longest functions: `node bench/src/path-profile.ts [calls [folder]]`.
 * The profiles themselves go to the folder.
 * The profiler itself takes a part of the time, so that the sums are larger than those of the bench `path`.
 */

const calls = Number(process.argv[2] ?? 6000)
const folder = process.argv[3]
const IN_FLIGHT = 64
await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
await using children = new Children()
const { call, processes } = await hubPath(stack, children)
await untilAnswers(call)
await burst(call, 8000, IN_FLIGHT)
for (const name of ['gateway', 'broker', 'spoke']) {
  await using inspector = await Inspector.open(processes[name] ?? 0)
  const profile = await inspector.profile(() => burst(call, calls, IN_FLIGHT))
  await printProfile(profile, { name: name, count: calls, unit: 'call', folder })
}
