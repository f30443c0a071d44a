import { CodedError } from '@alkdev/errors'
import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import type { RedisAddress } from '../options.ts'

const CONNECT_TIMEOUT_MS = 3000
const RETRY_CAP_MS = 500

/**
 * A connection that fails fast and never resends: commands in flight are rejected when it breaks, commands without a
 * connection are rejected at once, and it reconnects without a limit (50 ms to 500 ms apart). Not connected yet.
 */
export function createConnection(address: RedisAddress, name: string): Redis {
  const options: RedisOptions = {
    ...('options' in address ? address.options : {}),
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Zero makes every close reject the commands in flight; otherwise such promises never settle.
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: name,
    disableClientInfo: true,
    retryStrategy: (times) => Math.min(RETRY_CAP_MS, 25 * times),
  }
  return 'url' in address ? new Redis(address.url, options) : new Redis(options)
}

/** Connects for the first time. Rejects with UNAVAILABLE when Redis does not answer within `timeoutMs`. */
export async function connect(redis: Redis, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => redis.disconnect(), timeoutMs)
  try {
    await redis.connect()
  } catch (error) {
    redis.disconnect()
    throw new CodedError('UNAVAILABLE', 'Redis does not answer', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
