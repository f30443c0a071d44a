// One bus with a registry of N spokes. Arguments: Redis URL, spokes, operations of a spoke.
import { randomBytes, randomUUID } from 'node:crypto'
import { createBus } from '@alkdev/bus'
import type { Identity } from '@alkdev/operations'
import { median } from './measure.ts'
import type { InstanceFacts } from './scale/instance-facts.ts'
import { SimulatedRegistry } from './scale/simulated-registry.ts'

const ROUNDS = 9
const [url = '', spokesText = '', operationsText = ''] = process.argv.slice(2)
const spokes = Number(spokesText)
const operations = Number(operationsText)
const source = new SimulatedRegistry(spokes, operations)
const bus = createBus({
  redis: { url },
  prefix: `scale-${randomUUID().slice(0, 8)}`,
  busKey: randomBytes(32).toString('base64'),
  service: 'gateway',
  instanceUrl: 'http://127.0.0.1:1',
  contracts: [],
  source,
  onCallEnded: () => undefined,
  // A process that loads a large registry does not renew its lease meanwhile; no other process waits for it here.
  limits: { registryReloadMs: 3_600_000, leaseMs: 600_000, fenceMs: 500_000 },
})
source.instanceId = bus.instanceId

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function msOf(work: () => unknown): number {
  const from = performance.now()
  work()
  return performance.now() - from
}

const before = heapBytes()
const from = performance.now()
await bus.start()
const loadMs = performance.now() - from
const heap = heapBytes() - before

const account: Identity = { id: 'account-0', scopes: ['*'] }
const member: Identity = { id: 'another account', orgIds: ['organization-1'], scopes: ['*'] }
const times = {
  changeMs: [] as number[],
  ownPoolMs: [] as number[],
  organizationPoolMs: [] as number[],
  knownPoolMs: [] as number[],
  pinnedMs: [] as number[],
  searchMs: [] as number[],
  listMs: [] as number[],
}
const { directory } = bus
for (let round = 0; round < ROUNDS; round++) {
  const at = Math.floor(((round * 7919) % 1000) * (spokes / 1000))
  const change = source.commit(at, round % 2 === 0 ? 'suspended' : 'connected')
  const began = performance.now()
  await bus.announceChange(change)
  times.changeMs.push(performance.now() - began)
  times.ownPoolMs.push(msOf(() => directory.get('file.read', account)))
  times.organizationPoolMs.push(msOf(() => directory.get('file.read', member)))
  times.knownPoolMs.push(msOf(() => directory.get('file.read', member)))
  times.pinnedMs.push(msOf(() => directory.get('dev.machine-1.file.read', member)))
  if (round >= 2) continue
  const searched = performance.now()
  await directory.search(member, 'read a file')
  times.searchMs.push(performance.now() - searched)
  times.listMs.push(msOf(() => directory.list(member)))
}
const medians = Object.fromEntries(
  Object.entries(times).map(([name, values]) => [name, median(values)]),
) as Record<keyof typeof times, number>
const facts: InstanceFacts = { spokes, operations, heapBytes: heap, loadMs, ...medians }
await bus[Symbol.asyncDispose]()
process.send?.(JSON.stringify(facts), () => process.exit())
