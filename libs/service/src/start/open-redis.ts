import { OperatorError } from '@alkdev/errors'
import type { ResolvedRedis } from '@alkdev/config'
import { parseRedisUrl } from '@alkdev/std'
import { Redis } from 'ioredis'
import { redactSecrets } from '../telemetry/redact-secrets.ts'

const FIX = 'Start Redis, or correct `redis` of the config file; `alkhub doctor` tells more.'
const RETRY_CAP_MS = 500

function sentenceOf(error: unknown, where: string, isTls: boolean): string {
  const text = error instanceof Error ? error.message : ''
  if (/WRONGPASS|invalid (username|password)|AUTH.*without any password/i.test(text))
    return `Redis at ${where} refuses the password of the config file, or does not know its user.`
  if (/NOAUTH/i.test(text)) return `Redis at ${where} asks for a password.`
  if (/NOPERM/i.test(text))
    return `Redis at ${where} does not give the user of the config file the commands that the hub needs.`
  if (/DB index|out of range/i.test(text))
    return `Redis at ${where} has no database of the number in the config file.`
  if (/LOADING/i.test(text)) return `Redis at ${where} is still loading its data.`
  if (/MASTERDOWN|READONLY|NOREPLICAS/i.test(text))
    return `Redis at ${where} is a replica and takes no writes.`
  if (/certificate|SSL|TLS|EPROTO|wrong version number/i.test(text))
    return `The TLS connection to Redis at ${where} failed; its address begins with redis:// without TLS and with rediss:// with it.`
  // A Redis without TLS waits for the end of what it takes for a command.
  if (isTls)
    return `Redis at ${where} does not answer over TLS; an address that begins with redis:// is one without TLS.`
  return `Redis at ${where} does not answer.`
}

/**
 * A connection for ordinary commands, proven by a PING. Afterwards it fails fast while Redis is away and reconnects by itself.
 * Throws OperatorError when Redis does not answer within `connectTimeoutMs`, or refuses the password.
 */
export async function openRedis(config: ResolvedRedis, name: string): Promise<Redis> {
  const url = config.url.reveal()
  const parsed = parseRedisUrl(url)
  if ('problem' in parsed)
    throw new OperatorError(
      `The URL of Redis ${parsed.problem}.`,
      'Write it as redis://user:password@host:6379/0, or give host, user and password apart.',
    )
  const where = parsed.url.host
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
    // The client selects it while it connects, and goes on with database 0 when it is refused.
    if (Number(parsed.path) > 0) await redis.select(Number(parsed.path))
  } catch (error) {
    redis.disconnect()
    const isTls = parsed.url.protocol === 'rediss:'
    const sentence = sentenceOf(last ?? error, redactSecrets(where), isTls)
    throw new OperatorError(sentence, FIX, { cause: error })
  }
  opened = true
  return redis
}
