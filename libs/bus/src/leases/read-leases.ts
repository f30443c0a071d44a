import type { RedisConnection } from '@alkdev/redis'
import { createCounters } from '../counters.ts'
import type { InstanceInfo } from '../instance-info.ts'
import { createCodec } from '../wire/codec.ts'
import { GENERATION, leasesKey } from './lease-table.ts'
import type { Lease } from './lease-table.ts'

/** The clock of the server that holds the leases, in milliseconds, and the leases. */
const READ = `
local t = redis.call('TIME')
local all = redis.call('HGETALL', KEYS[1])
table.insert(all, 1, t[1] * 1000 + math.floor(t[2] / 1000))
return all
`

/** An instance as its lease describes it. */
export interface ReportedInstance extends InstanceInfo {
  /** Milliseconds since its lease ended, by Redis' clock; 0 while the lease is valid. It was killed, is frozen, or can't reach Redis. */
  readonly overSinceMs: number
}

export interface ReadLeasesOptions {
  /** As in BusOptions. */
  readonly prefix: string
  readonly busKey: string | readonly string[]
}

/**
 * Every instance of a deployment that has a lease, or had one within the last ten minutes and did not remove it. A process that
 * stops removes its lease; former ids of a process are left out, and so is an instance whose address a later one has.
 * For operator commands; a running process uses its bus. Rejects when Redis does not answer.
 */
export async function readLeases(
  redis: RedisConnection,
  { prefix, busKey }: ReadLeasesOptions,
): Promise<ReportedInstance[]> {
  const codec = createCodec(typeof busKey === 'string' ? [busKey] : busKey, createCounters())
  const reply = await redis.eval(READ, 1, leasesKey(prefix))
  const [now, ...leases] = reply as readonly [number, ...string[]]
  const found: { readonly lease: Lease; readonly overAt: number }[] = []
  for (const [at, text] of leases.entries()) {
    // A field and its value by turns.
    if (at % 2 === 0 || leases[at - 1] === GENERATION) continue
    const space = text.indexOf(' ')
    const lease = codec.decode(text.slice(space + 1)) as Lease | undefined
    if (typeof lease?.instanceId === 'string') {
      found.push({ lease, overAt: Number(text.slice(0, space)) })
    }
  }
  const former = new Set(found.flatMap(({ lease }) => lease.former))
  const isReplaced = ({ service, url, startedAt }: Lease): boolean =>
    found.some(
      ({ lease: later, overAt }) =>
        overAt > now &&
        later.service === service &&
        later.url === url &&
        later.startedAt > startedAt,
    )
  return found.flatMap(({ lease, overAt }) => {
    if (former.has(lease.instanceId)) return []
    if (overAt <= now && isReplaced(lease)) return []
    const { former: _former, ...info } = lease
    return [{ ...info, overSinceMs: Math.max(0, now - overAt) }]
  })
}
