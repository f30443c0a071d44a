import type { SystemHealth } from '@alkdev/contracts'
import { primariesOf } from '@alkdev/redis'
import type { RedisConnection } from '@alkdev/redis'
import { compact } from '@alkdev/std'
import { inTime, roundedMs } from './in-time.ts'

/**
 * The state of Redis; of a Redis Cluster that of the primary with the fullest memory, if all answer. Never rejects: without an answer it has no members, and without the right to read its
 * settings none of those.
 */
export async function readRedis(redis: RedisConnection): Promise<SystemHealth['redis']> {
  const states = await Promise.all(primariesOf(redis).map(readServer))
  if (states.some(({ answeredMs }) => answeredMs === undefined)) return {}
  return states.reduce(
    (fullest, state) => (fullness(state) > fullness(fullest) ? state : fullest),
    states[0] ?? {},
  )
}

function fullness({ usedBytes = 0, maxBytes = 0 }: SystemHealth['redis']): number {
  return maxBytes === 0 ? 0 : usedBytes / maxBytes
}

async function readServer(
  redis: Pick<RedisConnection, 'ping' | 'info'>,
): Promise<SystemHealth['redis']> {
  const begunAt = performance.now()
  if ((await inTime('Redis', redis.ping())) === undefined) return {}
  const answeredMs = roundedMs(performance.now() - begunAt)
  const memory = (await inTime('the memory of Redis', redis.info('memory'))) ?? ''
  const textOf = (name: string): string | undefined =>
    new RegExp(`^${name}:(.+?)\\r?$`, 'm').exec(memory)?.[1]
  const numberOf = (name: string): number | undefined => {
    const value = Number(textOf(name) ?? Number.NaN)
    return Number.isInteger(value) && value >= 0 ? value : undefined
  }
  return {
    answeredMs,
    ...compact({
      usedBytes: numberOf('used_memory'),
      maxBytes: numberOf('maxmemory'),
      evictionPolicy: textOf('maxmemory_policy'),
    }),
  }
}
