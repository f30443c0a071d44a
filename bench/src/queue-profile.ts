import { must, sleep } from '@alkdev/std'
import { countStatements, printStatements, resetStatements } from './count-statements.ts'
import { Inspector } from './cpu-profile.ts'
import { postmasterOf } from './path-contender.ts'
import { cpuBetween, readCpu } from './process-tree.ts'
import { queueHub } from './queue/hub.ts'
import type { QueueHub } from './queue/hub.ts'
import { printProfile } from './print-profile.ts'

/**
 * Where queued calls spend processor time, by process, by statement of PostgreSQL, and by function of the gateway and the coordinator:
 * `node bench/src/queue-profile.ts [accept|bulk|process|start ... [--functions] [--folder=FOLDER]]`. The profiles themselves go to the folder.
 */

const IN_FLIGHT = 64
const STATEMENTS = 14
const SETTLE_MS = 1000

interface Work {
  /** Calls that it makes. */
  readonly calls: number
  run(hub: QueueHub): Promise<unknown>
}

const WORK: Readonly<Record<string, Work>> = {
  accept: { calls: 3000, run: (hub) => inFlight(3000, () => hub.accept()) },
  bulk: {
    calls: 10_000,
    async run(hub) {
      for (let at = 0; at < 10; at++) await hub.acceptMany()
    },
  },
  process: { calls: 2000, run: (hub) => hub.process(2000) },
  start: {
    calls: 100,
    async run(hub) {
      for (let at = 0; at < 100; at++) await hub.start()
    },
  },
}

async function inFlight(calls: number, call: () => Promise<unknown>): Promise<void> {
  let left = calls
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
}

const args = process.argv.slice(2)
const folder = args.find((one) => one.startsWith('--folder='))?.slice('--folder='.length)
const names = args.filter((one) => one in WORK)
await using hub = await queueHub(countStatements)
const { gateway, brokers } = hub.stack
const processes: Readonly<Record<string, number>> = {
  gateway: must(gateway.machine.pid),
  coordinator: must(hub.coordinator.machine.pid),
  broker: must(brokers[0]?.machine.pid),
  Redis: must(hub.stack.redis().process.child.pid),
  PostgreSQL: await postmasterOf(hub.stack),
}
for (const name of names.length > 0 ? names : Object.keys(WORK)) {
  const work = must(WORK[name])
  await work.run(hub)
  await sleep(SETTLE_MS)
  await printCosts(name, work)
  if (args.includes('--functions')) await printFunctions(name, work)
}

async function printCosts(name: string, work: Work): Promise<void> {
  const { calls } = work
  await resetStatements(hub.stack)
  const all = Object.entries(processes)
  const before = all.map(([, pid]) => readCpu(pid))
  const own = process.cpuUsage()
  const from = performance.now()
  await work.run(hub)
  const ms = performance.now() - from
  const { user, system } = process.cpuUsage(own)
  await sleep(SETTLE_MS)
  console.log(
    `\n${name}: ${calls} calls, ${((calls * 1000) / ms).toFixed(0)}/s, ${(ms / calls).toFixed(2)} ms each`,
  )
  console.log(`${((user + system) / calls).toFixed(0).padStart(8)} us  caller and spoke`)
  for (const [at, [process_, pid]] of all.entries())
    console.log(
      `${(cpuBetween(must(before[at]), readCpu(pid)) / calls).toFixed(0).padStart(8)} us  ${process_}`,
    )
  await printStatements(hub.stack, calls, STATEMENTS)
}

async function printFunctions(name: string, work: Work): Promise<void> {
  const { calls } = work
  for (const service of ['coordinator', 'gateway']) {
    await using inspector = await Inspector.open(must(processes[service]))
    const profile = await inspector.profile(() => work.run(hub))
    await printProfile(profile, { name: `${name}, ${service}`, count: calls, unit: 'call', folder })
  }
}
