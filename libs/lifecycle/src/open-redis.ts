import { OperatorError } from '@alkdev/errors'
import type { ResolvedRedis } from '@alkdev/config'
import { Redis } from 'ioredis'
import { withoutSecrets } from './without-secrets.ts'

const FIX = 'Start Redis, or correct `redis` of the config file; `alkhub doctor` tells more.'
const RETRY_CAP_MS = 500

function sentenceOf(error: unknown, where: string): string {
  const text = error instanceof Error ? error.message : ''
  if (/WRONGPASS|NOAUTH|invalid (username|password)/i.test(text)) {
    return `Redis at ${where} refuses the password of the config file.`
  }
  return `Redis at ${where} does not answer.`
}

/**
 * A connection for ordinary commands, proven by a PING. Afterwards it fails fast while Redis is away and reconnects by itself.
 * Throws OperatorError when Redis does not answer within `connectTimeoutMs`, or refuses the password.
 */
export async function openRedis(config: ResolvedRedis, name: string): Promise<Redis> {
  const url = config.url.reveal()
  const where = URL.parse(url)?.host ?? 'the address of the config file'
  let opened = false
  let last: unknown
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: config.connectTimeoutMs,
    commandTimeout: config.connectTimeoutMs,
    connectionName: name,
    // The start does not retry; later the connection comes back by itself.
    retryStrategy: (times) => (opened ? Math.min(RETRY_CAP_MS, 25 * times) : null),
  })
  redis.on('error', (error: unknown) => {
    last = error
  })
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    redis.disconnect()
    throw new OperatorError(sentenceOf(last ?? error, withoutSecrets(where)), FIX, { cause: error })
  }
  opened = true
  return redis
}
