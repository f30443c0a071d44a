import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import type { QueueConnectionOptions } from './queue-options.ts'

const RETRY_CAP_MS = 1000

/**
 * `producer`: a command without a connection fails at once, and so does a command in flight when the connection breaks. `worker`:
 * commands wait for Redis without a limit, as BullMQ requires for blocking connections. Both reconnect without a limit.
 */
export function createQueueConnection(
  { redis, logger }: QueueConnectionOptions,
  role: 'producer' | 'worker',
): Redis {
  const behaviour: RedisOptions =
    role === 'producer'
      ? {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          autoResendUnfulfilledCommands: false,
          lazyConnect: true,
        }
      : { maxRetriesPerRequest: null }
  const options: RedisOptions = {
    ...('options' in redis ? redis.options : {}),
    ...behaviour,
    connectTimeout: 3000,
    disableClientInfo: true,
    retryStrategy: (times) => Math.min(RETRY_CAP_MS, 50 * times),
  }
  const connection = 'url' in redis ? new Redis(redis.url, options) : new Redis(options)
  connection.on('error', (error) => logger?.debug({ err: error }, 'queue connection'))
  return connection
}

export function queuePrefix({ prefix }: QueueConnectionOptions): string {
  return `${prefix}:queue`
}
