import { startOwnRedis } from '@alkdev/bus/testing'
import { Children } from './children.ts'
import type { Row } from './row.ts'
import type { FleetFacts } from './scale/fleet-facts.ts'
import type { InstanceFacts } from './scale/instance-facts.ts'
import { PEER_NODE_ARGS } from './scale/peer-node-args.ts'

/** Operations of a spoke: what the dev spoke offers. */
const OPERATIONS = 20
const SIZES = [1000, 10_000]
const FLEETS = [50, 200]
/** Spokes that 200 instances in one process are given here. */
const FLEET_SPOKES = 100
const SECONDS = 6

/** What an instance of the bus needs for a large registry, and what many instances need for their leases and for a change. */
export async function run(): Promise<Row[]> {
  await using redis = await startOwnRedis()
  const rows: Row[] = []
  for (const spokes of SIZES) {
    const facts = await instance(redis.url, spokes)
    const of = `${spokes.toLocaleString('en')} spokes with ${OPERATIONS} operations each`
    rows.push(
      row(
        `memory of an instance for an operation, ${of}`,
        facts.heapBytes / spokes / OPERATIONS,
        'bytes',
      ),
      row(`time to load the registry, ${of}`, facts.loadMs, 'ms'),
      row(`time to apply a change of a spoke, ${of}`, facts.changeMs, 'ms'),
      row(
        `first look-up of a pool after a change, account with 100 spokes, ${of}`,
        facts.ownPoolMs,
        'ms',
      ),
      row(
        `the same, member of an organization with a tenth of the spokes, ${of}`,
        facts.organizationPoolMs,
        'ms',
      ),
      row(`search after a change, ${of}`, facts.searchMs, 'ms'),
      row(`first page of a list after a change, ${of}`, facts.listMs, 'ms'),
    )
  }
  for (const instances of FLEETS) {
    const facts = await fleet(redis.url, instances, 0, SECONDS)
    const of = `${instances} instances`
    rows.push(
      row(`lease traffic of Redis, ${of}`, facts.redisBytesPerSecond, 'bytes/s'),
      row(`cores of Redis for leases, ${of}`, facts.redisCores, ''),
      row(`cores of an instance for leases, ${of}`, facts.coresEach, ''),
    )
  }
  const large = await fleet(redis.url, 200, FLEET_SPOKES, 1)
  const of = `200 instances in one process with ${FLEET_SPOKES} spokes`
  rows.push(
    row(`memory of an instance, ${of}`, large.heapBytesEach, 'bytes'),
    row(`until the last one has applied a change, ${of}`, large.changeMs, 'ms'),
  )
  return rows
}

function row(name: string, value: number, unit: string): Row {
  return { name, value, unit }
}

async function peer(script: string, args: readonly (string | number)[]): Promise<unknown> {
  await using children = new Children()
  const { said } = await children.start(script, args.map(String), PEER_NODE_ARGS)
  return JSON.parse(said)
}

async function instance(url: string, spokes: number): Promise<InstanceFacts> {
  return (await peer('./scale-instance-peer.ts', [url, spokes, OPERATIONS])) as InstanceFacts
}

async function fleet(
  url: string,
  instances: number,
  spokes: number,
  seconds: number,
): Promise<FleetFacts> {
  return (await peer('./scale-fleet-peer.ts', [
    url,
    instances,
    spokes,
    OPERATIONS,
    seconds,
  ])) as FleetFacts
}
