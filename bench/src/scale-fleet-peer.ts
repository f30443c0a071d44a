// Many buses in one process. Arguments: Redis URL, instances, spokes, operations of a spoke, seconds.
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { createBus } from '@alkdev/bus'
import type { Bus } from '@alkdev/bus'
import { Redis } from 'ioredis'
import { median } from './measure.ts'
import type { FleetFacts } from './scale/fleet-facts.ts'
import { SimulatedRegistry } from './scale/simulated-registry.ts'

const CHANGES = 9
const CHANGE_DEADLINE_MS = 60_000
const [url = '', ...numbers] = process.argv.slice(2)
const [instances = 0, spokes = 0, operations = 0, seconds = 0] = numbers.map(Number)
const source = new SimulatedRegistry(spokes, operations)
const shared = {
  redis: { url },
  prefix: `scale-${randomUUID().slice(0, 8)}`,
  busKey: randomBytes(32).toString('base64'),
  instanceUrl: 'http://192.0.2.1:3000',
  contracts: [],
  source,
  onCallEnded: () => undefined,
  limits: { registryReloadMs: 3_600_000 },
} as const
const redis = new Redis(url)

interface RedisUse {
  readonly bytes: number
  readonly cpuSeconds: number
}

async function redisUse(): Promise<RedisUse> {
  const text = await redis.info()
  const of = (name: string): number =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1] ?? Number.NaN)
  return {
    bytes: of('total_net_input_bytes') + of('total_net_output_bytes'),
    cpuSeconds: of('used_cpu_user') + of('used_cpu_sys'),
  }
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function untilApplied(buses: readonly Bus[], change: number): Promise<number> {
  const from = performance.now()
  const [first] = buses
  await first?.announceChange(change)
  while (buses.some(({ directory }) => directory.change < change)) {
    if (performance.now() - from > CHANGE_DEADLINE_MS) throw new Error('a change was not applied')
    await wait(1)
  }
  return performance.now() - from
}

const before = heapBytes()
const buses: Bus[] = []
for (let at = 0; at < instances; at++) {
  const bus = createBus({ ...shared, service: at % 2 === 0 ? 'gateway' : 'spoke-broker' })
  source.instanceId = bus.instanceId
  await bus.start()
  buses.push(bus)
}
const heap = (heapBytes() - before) / instances
// Until each has seen the leases of the others.
await wait(2000)
const [startUse, startCpu, startAt] = [await redisUse(), process.cpuUsage(), performance.now()]
await wait(seconds * 1000)
const [endUse, cpu, passed] = [
  await redisUse(),
  process.cpuUsage(startCpu),
  (performance.now() - startAt) / 1000,
]
const changes: number[] = []
const rounds = spokes === 0 ? 0 : CHANGES
for (let round = 0; round < rounds; round++) {
  const change = source.commit(round % spokes, round % 2 === 0 ? 'suspended' : 'connected')
  changes.push(await untilApplied(buses, change))
}
const facts: FleetFacts = {
  instances,
  spokes,
  operations,
  heapBytesEach: heap,
  redisBytesPerSecond: (endUse.bytes - startUse.bytes) / passed,
  redisCores: (endUse.cpuSeconds - startUse.cpuSeconds) / passed,
  coresEach: (cpu.user + cpu.system) / 1e6 / passed / instances,
  changeMs: changes.length === 0 ? 0 : median(changes),
}
await Promise.all(buses.map((bus) => bus[Symbol.asyncDispose]()))
await redis.quit()
process.send?.(JSON.stringify(facts), () => process.exit())
