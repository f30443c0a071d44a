import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '@alkdev/redis'
import type { Codec } from '../wire/codec.ts'
import type { InstanceInfo } from '../instance-info.ts'

/** The record of an instance in Redis. */
export interface Lease extends InstanceInfo {
  /** Former ids of this process, under which it still finishes calls. */
  readonly former: readonly string[]
}

export interface SeenLease {
  readonly lease: Lease
  /** Milliseconds until it is over, by the clock of Redis. */
  readonly leftMs: number
}

/** The field of the hash that no instance has: made with the hash, so that another value shows that Redis was emptied. */
export const GENERATION = 'generation'

/**
 * One hash holds the leases of all instances: `<end, ms of Redis' clock> <signed lease>`. One round trip renews the own lease,
 * drops those that ended more than ten minutes ago, and returns the live ones. Only Redis' clock is used, so clock differences between machines do not matter.
 */
const RENEW = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + ARGV[3]) .. ' ' .. ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], 600000)
local generation = redis.call('HGET', KEYS[1], ARGV[4])
if not generation and ARGV[2] ~= '' then
  -- Like a lease that never ends, for instances that take each field for a lease.
  generation = '9999999999999 ' .. ARGV[5]
  redis.call('HSET', KEYS[1], ARGV[4], generation)
end
local all = redis.call('HGETALL', KEYS[1])
local live = { generation or '' }
for i = 1, #all, 2 do
  local space = string.find(all[i + 1], ' ', 1, true)
  local over = tonumber(string.sub(all[i + 1], 1, space - 1))
  if all[i] == ARGV[4] then
    -- No lease.
  elseif over > now then
    live[#live + 1] = over - now
    live[#live + 1] = string.sub(all[i + 1], space + 1)
  elseif over < now - 600000 then
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return live
`

/** The key of the hash that holds the leases. */
export function leasesKey(prefix: string): string {
  return `${prefix}:leases`
}

export class LeaseTable {
  /** Called before the leases of a reading are returned that shows that Redis was emptied since the last one: leases are missing without a reason. */
  onEmptied: () => void = () => undefined
  readonly #redis: RedisConnection
  readonly #key: string
  readonly #codec: Codec
  /** Empty until it is known. */
  #generation = ''

  constructor(redis: RedisConnection, prefix: string, codec: Codec) {
    this.#redis = redis
    this.#key = leasesKey(prefix)
    this.#codec = codec
  }

  /** Renews `lease` for `leaseMs` (or only reads, without one) and returns every live lease that this deployment signed. */
  async renew(lease: Lease | undefined, leaseMs: number): Promise<SeenLease[]> {
    const reply = (await this.#redis.eval(
      RENEW,
      1,
      this.#key,
      lease?.instanceId ?? '',
      lease === undefined ? '' : this.#codec.encode(lease),
      leaseMs,
      GENERATION,
      randomUUID(),
    )) as readonly (number | string)[]
    const generation = String(reply[0] ?? '')
    if (this.#generation !== '' && this.#generation !== generation) this.onEmptied()
    this.#generation = generation
    const seen: SeenLease[] = []
    for (let at = 1; at + 1 < reply.length; at += 2) {
      const found = this.#codec.decode(String(reply[at + 1])) as Lease | undefined
      if (typeof found?.instanceId === 'string') {
        seen.push({ lease: found, leftMs: Number(reply[at]) })
      }
    }
    return seen
  }

  async remove(instanceIds: readonly string[]): Promise<void> {
    await this.#redis.hdel(this.#key, ...instanceIds)
  }
}
