import type { startTortureStack, TortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { floorPath, hubPath, moleculerPath, pathCosts, untilAnswers } from './path-contender.ts'
import type { PathContender } from './path-contender.ts'

/**
 * Processor time of one call over gateway, Redis, broker and spoke, per process, for several checkouts in one run, beside the baseline:
 * `node bench/src/path-cpu.ts DIR [DIR ...]`. The checkouts take turns, round by round, so that what else runs on the machine falls on all.
 */

interface Torture {
  readonly startTortureStack: typeof startTortureStack
}

await using stacks = new AsyncDisposableStack()
const children = stacks.use(new Children())
const named: (readonly [string, PathContender])[] = []
let first: TortureStack | undefined
for (const dir of process.argv.slice(2)) {
  const torture = (await import(`${dir}/test/src/torture/index.ts`)) as Torture
  const stack = stacks.use(
    await torture.startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 }),
  )
  first ??= stack
  named.push([dir, await hubPath(stack, children)])
}
if (first === undefined) throw new Error('Give the folders of one or more checkouts.')
named.push(['baseline', await floorPath(first, children)])
named.push(['moleculer', await moleculerPath(first, children)])
for (const [, { call }] of named) await untilAnswers(call)
const costs = await pathCosts(named.map(([, contender]) => contender))
const columns = Object.keys(costs[0]?.cpuUs ?? {})
console.log(['us per call', ...columns, 'sum', 'calls/s'].join('\t'))
for (const [at, [name, { close }]] of named.entries()) {
  const cost = costs[at]
  const cells = columns.map((column) => (cost?.cpuUs[column] ?? 0).toFixed(0))
  console.log([name, ...cells, cost?.sumUs.toFixed(0), cost?.perSecond.toFixed(0)].join('\t'))
  close()
}
