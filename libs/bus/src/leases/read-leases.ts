import type { Redis } from 'ioredis'
import { createCounters } from '../counters.ts'
import type { InstanceInfo } from '../instance-info.ts'
import { createCodec } from '../wire/codec.ts'
import { leasesKey } from './lease-table.ts'
import type { Lease } from './lease-table.ts'

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
  redis: Redis,
  { prefix, busKey }: ReadLeasesOptions,
): Promise<ReportedInstance[]> {
  const codec = createCodec(typeof busKey === 'string' ? [busKey] : busKey, createCounters())
  const all = await redis.hgetall(leasesKey(prefix))
  const [seconds, micros] = await redis.time()
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  const found: { readonly lease: Lease; readonly overAt: number }[] = []
  for (const text of Object.values(all)) {
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
