import { compact, parseRedisUrl } from '@alkdev/std'
import type { RedisOptions } from 'ioredis'
import { redisUrlOf } from './redis-address.ts'
import type { RedisAddress, RedisTls } from './redis-address.ts'
import { TlsConnector } from './tls-connector.ts'

const CONNECT_TIMEOUT_MS = 3000
/** A server that does not close a connection, because it is frozen or gone, does not delay the next one for longer. */
const DISCONNECT_TIMEOUT_MS = 250

/** Host, user, password, database, TLS and time-out of an address, as options of ioredis. Throws TypeError for a malformed URL. */
export function serverOptions(address: RedisAddress): RedisOptions {
  const parsed = parseRedisUrl(redisUrlOf(address))
  if ('problem' in parsed) throw new TypeError(`the URL of Redis ${parsed.problem}`)
  const { url, user, password, path } = parsed
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    ...(user !== '' && { username: user }),
    ...(password !== '' && { password }),
    ...(path !== '' && { db: Number(path) }),
    ...(url.protocol === 'rediss:' && { tls: tlsOptions(address.tls), Connector: TlsConnector }),
    connectTimeout: connectTimeoutOf(address),
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  }
}

/** The same for the primary that the sentinels of the address name. */
export function sentinelOptions(address: RedisAddress): RedisOptions {
  const { sentinel } = address
  if (sentinel === undefined) throw new TypeError('the address names no sentinels')
  const { host: _host, port: _port, Connector: _, tls, ...server } = serverOptions(address)
  const timeout = connectTimeoutOf(address)
  return {
    ...server,
    sentinels: sentinel.nodes.map(({ host, port }) => ({ host, port })),
    name: sentinel.name,
    role: 'master',
    ...compact({
      sentinelUsername: sentinel.user,
      sentinelPassword: sentinel.password?.reveal(),
    }),
    ...(tls !== undefined && { tls, enableTLSForSentinelMode: true }),
    ...(sentinel.tls && { sentinelTLS: tlsOptions(address.tls) }),
    sentinelCommandTimeout: timeout,
    // The sentinels announce a new primary: the connection to the former one is given up at once, even if it still answers.
    failoverDetector: true,
    // A primary that became a replica.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  }
}

function tlsOptions({ ca, cert, key }: RedisTls = {}): NonNullable<RedisOptions['tls']> {
  return compact({ ca, cert, key: key?.reveal() })
}

/** Milliseconds for a connection. */
export function connectTimeoutOf({ connectTimeoutMs }: RedisAddress): number {
  return connectTimeoutMs ?? CONNECT_TIMEOUT_MS
}
