import { OperatorError } from '@alkdev/errors'
import type { ResolvedRedis, ServerNode } from '@alkdev/config'
import { createRedisConnection, openConnection, publishTo, redisUrlOf } from '@alkdev/redis'
import type { RedisConnection } from '@alkdev/redis'
import { parseRedisUrl } from '@alkdev/std'
import { redactSecrets } from '../telemetry/redact-secrets.ts'

const FIX = 'Start Redis, or correct `redis` of the config file; `alkhub doctor` tells more.'

function sentenceOf(error: unknown, where: string, isTls: boolean): string {
  const text = error instanceof Error ? error.message : ''
  if (/cluster support disabled/i.test(text)) return `Redis at ${where} is no Redis Cluster.`
  if (/sentinels are unreachable/i.test(text))
    return `${where} do not answer, refuse the password for them, or do not know the name of the primary.`
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
  // A Redis without TLS takes the TLS handshake for the beginning of a command and waits for its end.
  if (isTls)
    return `Redis at ${where} does not answer over TLS; an address that begins with redis:// is one without TLS.`
  return `Redis at ${where} does not answer.`
}

/**
 * A connection for ordinary commands, checked with a PING. Afterwards it fails fast while Redis is unavailable and reconnects
 * automatically. Throws OperatorError when Redis does not answer within `connectTimeoutMs`, or refuses the password.
 */
export async function openRedis(config: ResolvedRedis, name: string): Promise<RedisConnection> {
  const parsed = parseRedisUrl(redisUrlOf(config))
  if ('problem' in parsed)
    throw new OperatorError(
      `The URL of Redis ${parsed.problem}.`,
      'Write it as redis://user:password@host:6379/0, or give host, user and password apart.',
    )
  const where = placeOf(config, parsed.url)
  const timeoutMs = config.connectTimeoutMs
  const redis = createRedisConnection('commands', config, { name, commandTimeoutMs: timeoutMs })
  try {
    await openConnection(redis, timeoutMs)
  } catch (error) {
    const { cause } = error as Error
    const isTls = parsed.url.protocol === 'rediss:'
    const sentence = sentenceOf(cause, redactSecrets(where), isTls)
    throw new OperatorError(sentence, FIX, { cause })
  }
  const problem = await clusterProblem(redis, config)
  if (problem === undefined) return redis
  redis.disconnect()
  throw problem
}

function placeOf({ cluster, sentinel }: ResolvedRedis, { host }: URL): string {
  const names = (nodes: readonly ServerNode[]): string =>
    nodes.map((node) => `${node.host}:${node.port}`).join(', ')
  if (sentinel !== undefined) return `the sentinels ${names(sentinel.nodes)}`
  return cluster === undefined ? host : names(cluster)
}

/** Whether the server is what the config says: one that is not works with some keys and refuses the others. */
async function clusterProblem(
  redis: RedisConnection,
  { cluster, prefix }: ResolvedRedis,
): Promise<OperatorError | undefined> {
  if (redis.isCluster) {
    const refused = await publishTo(redis, `${prefix}:version`, '').then(
      () => '',
      (error: unknown) => String(error),
    )
    if (!/unknown command/i.test(refused)) return undefined
    return new OperatorError(
      'The Redis Cluster has no sharded channels.',
      'Update its nodes to Redis 7 or newer.',
    )
  }
  // A user that may not read it gets the refusals later.
  const info = await redis.info('cluster').catch(() => '')
  if (cluster !== undefined || !info.includes('cluster_enabled:1')) return undefined
  return new OperatorError(
    'Redis is a node of a Redis Cluster, and the config names a single server.',
    'Name nodes of it in `cluster` of the section `redis` of the config file, instead of url and host.',
  )
}
