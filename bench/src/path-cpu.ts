import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { must } from '@alkdev/std'
import { Children } from './children.ts'
import {
  floorPath,
  gatewayCaller,
  moleculerPath,
  pathCosts,
  untilAnswers,
} from './path-contender.ts'
import type { PathContender } from './path-contender.ts'
import type { PathStack } from './path-stack-peer.ts'

/**
 * Processor time of one call over gateway, Redis, broker and spoke, per process, for several checkouts in one run, beside the baseline:
 * `node bench/src/path-cpu.ts DIR [DIR ...]`. The checkouts take turns, round by round, so that what else runs on the machine falls on all.
 * Two instances of the same code differ by up to 8 %: give each folder several times to compare less than that.
 */

const dirs = process.argv.slice(2)
if (dirs.length === 0) throw new Error('Give the folders of one or more checkouts.')
await using children = new Children()
// They end before the Redis of the first hub.
await using peers = new Children()
const hubs: ChildProcess[] = []
const stacks: PathStack[] = []
for (const dir of dirs) {
  // oxlint-disable-next-line no-await-in-loop -- one hub starts after the other
  const { child, said } = await children.start('./path-stack-peer.ts', [dir])
  hubs.push(child)
  stacks.push(JSON.parse(said) as PathStack)
}
const named: (readonly [string, PathContender])[] = stacks.map(({ url, key, processes }, at) => [
  must(dirs[at]),
  { ...gatewayCaller(url, key), processes },
])
const { redisUrl, processes } = must(stacks[0])
const redis = { url: redisUrl, pid: must(processes['Redis']) }
named.push(['baseline', await floorPath(redis, peers)])
named.push(['moleculer', await moleculerPath(redis, peers)])
// oxlint-disable-next-line no-await-in-loop -- one after the other
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
await peers[Symbol.asyncDispose]()
await Promise.all(
  hubs.map(async (hub) => {
    const ended = once(hub, 'exit')
    hub.kill('SIGTERM')
    await ended
  }),
)
