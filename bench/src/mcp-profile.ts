import { must } from '@alkdev/std'
import { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { Inspector } from './cpu-profile.ts'
import { httpCaller } from './http-caller.ts'
import { toolCaller } from './mcp-caller.ts'
import { pathCosts, postmasterOf, untilAnswers } from './path-contender.ts'
import type { PathContender } from './path-contender.ts'
import { INPUT } from './socket-caller.ts'
import { printProfile } from './print-profile.ts'

/**
 * What a `call` of the MCP service costs in each process, beside the same call over the gateway and beside the bare server of the SDK, with 16 in flight as
 * in the bench `mcp`; then where the processes spend it: `node bench/src/mcp-profile.ts [calls [folder]]`. Calls 0: no profiles. The profiles themselves
 * go to the folder. The profiler takes a part of the time, so that its sums are larger than the costs.
 */

const calls = Number(process.argv[2] ?? 6000)
const folder = process.argv[3]
const IN_FLIGHT = 16
const OPERATION = 'client.bare.bench.echo'
const COST = { inFlight: IN_FLIGHT, calls: 3000, rounds: 7, warmUpCalls: 10_000 }

await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
await using children = new Children()
const service = await stack.add('mcp')
const broker = must(stack.brokers[0])
const spoke = await children.start('./hub-spoke-peer.ts', ['bare', broker.url, stack.key, 'bare'])
const stub = await children.start('./mcp-stub-peer.ts', [])
const input = { operationId: OPERATION, input: INPUT }
const hub = {
  broker: must(broker.machine.pid),
  spoke: must(spoke.child.pid),
  Redis: must(stack.redis().process.child.pid),
  PostgreSQL: await postmasterOf(stack),
}
const mcp: PathContender = {
  ...toolCaller(`${service.url}/mcp`, stack.key, 'call', input),
  processes: { service: must(service.machine.pid), ...hub },
}
const gateway: PathContender = {
  ...httpCaller(`${stack.gateway.url}/api/operations/${OPERATION}`, INPUT, {
    authorization: `Bearer ${stack.key}`,
  }),
  processes: { service: must(stack.gateway.machine.pid), ...hub },
}
const bare: PathContender = {
  ...toolCaller(stub.said, stack.key, 'call', input),
  processes: { service: must(stub.child.pid) },
}
const contenders = { mcp, gateway, 'server of the SDK': bare }
for (const { call } of Object.values(contenders)) await untilAnswers(call)
const costs = await pathCosts(Object.values(contenders), COST)
const columns = ['caller', 'service', ...Object.keys(hub)]
console.log(['us per call', ...columns, 'sum', 'calls/s'].join('\t'))
for (const [at, name] of Object.keys(contenders).entries()) {
  const { cpuUs, sumUs, perSecond } = must(costs[at])
  const cells = columns.map((column) => (cpuUs[column] ?? 0).toFixed(0))
  console.log([name, ...cells, sumUs.toFixed(0), perSecond.toFixed(0)].join('\t'))
}

const burst = async (count: number): Promise<void> => {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await mcp.call()
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
}
const profiled = { mcp: mcp.processes['service'], broker: hub.broker, spoke: hub.spoke }
for (const [name, pid] of calls > 0 ? Object.entries(profiled) : []) {
  await using inspector = await Inspector.open(must(pid))
  const profile = await inspector.profile(() => burst(calls))
  await printProfile(profile, { name: name, count: calls, unit: 'call', folder })
}
for (const { close } of Object.values(contenders)) close()
