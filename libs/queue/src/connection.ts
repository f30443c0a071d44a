import { createRedisConnection } from '@alkdev/redis'
import type { RedisConnection } from '@alkdev/redis'
import type { QueueConnectionOptions } from './queue-options.ts'

/** The connection of a producer, which fails fast, or of a worker, whose commands wait for Redis. */
export function createQueueConnection(
  { redis, logger }: QueueConnectionOptions,
  role: 'producer' | 'worker',
): RedisConnection {
  return createRedisConnection(role === 'worker' ? 'worker' : 'commands', redis, {
    name: `alkhub:queue:${role}`,
    onError: (err) => logger?.debug({ err }, 'Redis connection of the queue'),
  })
}

/** On a Redis Cluster a hash tag: the scripts of BullMQ use several keys of a queue. */
export function queuePrefix({ prefix, redis }: QueueConnectionOptions): string {
  return redis.cluster === undefined ? `${prefix}:queue` : `{${prefix}:queue}`
}
