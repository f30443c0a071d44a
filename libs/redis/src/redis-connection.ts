import type { Socket } from 'node:net'
import { CodedError } from '@alkdev/errors'
import { withTimeout } from '@alkdev/std'
import { Cluster, Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { createClusterConnection, proveCluster } from './cluster-connection.ts'
import { readTopology } from './cluster-topology.ts'
import { redisUrlOf } from './redis-address.ts'
import type { RedisAddress } from './redis-address.ts'
import { optionsFor } from './redis-purpose.ts'
import type { RedisPurpose } from './redis-purpose.ts'
import type { RedisSubscriber } from './redis-subscriber.ts'
import { connectTimeoutOf, sentinelOptions, serverOptions } from './server-options.ts'
import { ShardedSubscriber } from './sharded-subscriber.ts'

/** Milliseconds that a subscription waits, unless the options say otherwise. */
const SUBSCRIBE_TIMEOUT_MS = 10_000

/** A connection to Redis, or to the nodes of a Redis Cluster. The other packages use this type; only this package imports ioredis. */
export type RedisConnection = Redis | Cluster

/** What each connection was made from. */
const origins = new WeakMap<object, { readonly address: RedisAddress; readonly name: string }>()

export interface RedisConnectionOptions {
  /** Shown by `CLIENT LIST`, for example `alkhub:gateway:bus`. Redis refuses names with spaces. */
  readonly name: string
  /** Milliseconds after which a command without a reply fails. Default: none. */
  readonly commandTimeoutMs?: number
  /** Called with the errors of the connection. Those of commands reject the commands. Default: they are ignored. */
  readonly onError?: (error: Error) => void
}

function namedOptions({ name, commandTimeoutMs }: RedisConnectionOptions): RedisOptions {
  if (/[^!-~]/.test(name)) throw new TypeError(`Redis takes no name such as "${name}"`)
  return { connectionName: name, disableClientInfo: true, commandTimeout: commandTimeoutMs }
}

/** Leaves only the name of the command in an error of ioredis: the arguments of AUTH are the user and the password. */
function withoutArguments(error: Error): void {
  const { command, lastNodeError } = error as {
    readonly command?: { readonly name?: unknown }
    readonly lastNodeError?: unknown
  }
  if (command !== undefined) Object.assign(error, { command: { name: command.name } })
  if (lastNodeError instanceof Error) withoutArguments(lastNodeError)
}

function listening<T extends RedisConnection | RedisSubscriber>(
  redis: T,
  address: RedisAddress,
  { name, onError }: RedisConnectionOptions,
): T {
  origins.set(redis, { address, name })
  const report = (error: Error): void => {
    withoutArguments(error)
    onError?.(error)
  }
  // Without a listener ioredis writes the errors of a connection to the console.
  redis.on('error', report)
  if (redis instanceof Cluster) redis.on('node error', report)
  return redis
}

interface SentinelConnector {
  connectToSentinel(...args: unknown[]): Redis
  connect(...args: unknown[]): Promise<unknown>
}

/**
 * Repairs two faults of ioredis 5.11 with sentinels. The connections on which it waits for a new primary have no listener for errors. And an
 * announced primary ends an attempt to connect that is in progress, after which the connection would stay closed permanently.
 */
function repaired(redis: Redis, { onError }: RedisConnectionOptions): Redis {
  const inner = redis as unknown as { connector: SentinelConnector; manuallyClosing?: boolean }
  const { connector } = inner
  const toSentinel = connector.connectToSentinel.bind(connector)
  const connect = connector.connect.bind(connector)
  connector.connectToSentinel = (...args) =>
    toSentinel(...args).on('error', (error: Error) => {
      withoutArguments(error)
      onError?.(error)
    })
  connector.connect = async (...args) => {
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        const socket = (await connect(...args)) as Socket
        // The one listener of ioredis hears the first error alone.
        return socket.on('error', () => undefined)
      } catch (error) {
        const isEnded = error instanceof Error && error.message === 'Connection is closed.'
        if (!isEnded || inner.manuallyClosing === true) throw error
      }
    }
  }
  return redis
}

/** A connection to the primary that sentinels name. */
function createBySentinels(
  purpose: RedisPurpose,
  address: RedisAddress,
  options: RedisConnectionOptions,
): Redis {
  const given = { ...optionsFor(purpose), ...namedOptions(options) }
  const redis = new Redis({ ...sentinelOptions(address), ...given, lazyConnect: true })
  const ready = withHandshakeLimit(repaired(redis, options), connectTimeoutOf(address))
  if (given.lazyConnect !== true) ready.connect().catch(() => undefined)
  return ready
}

/** A sentinel that does not know the new primary yet names the former one, which may accept the connection and never say a word. */
function withHandshakeLimit(redis: Redis, ms: number): Redis {
  let timer: NodeJS.Timeout | undefined
  redis.on('connect', () => {
    timer = setTimeout(() => redis.disconnect(true), ms)
  })
  for (const event of ['ready', 'close', 'end']) redis.on(event, () => clearTimeout(timer))
  return redis
}

function create(
  purpose: RedisPurpose,
  address: RedisAddress,
  options: RedisConnectionOptions,
): Redis {
  const given = { ...optionsFor(purpose), ...namedOptions(options) }
  if (address.sentinel !== undefined) return createBySentinels(purpose, address, options)
  if (redisUrlOf(address).startsWith('rediss:'))
    return new Redis({ ...serverOptions(address), ...given })
  return new Redis(redisUrlOf(address), { ...given, connectTimeout: connectTimeoutOf(address) })
}

/**
 * A connection for a purpose, made from the address alone. It is not connected yet (a `worker` connects at once): `openConnection`
 * connects it and reports why it can't.
 */
export function createRedisConnection(
  purpose: Exclude<RedisPurpose, 'subscriptions'>,
  address: RedisAddress,
  options: RedisConnectionOptions,
): RedisConnection {
  const redis =
    address.cluster === undefined
      ? create(purpose, address, options)
      : createClusterConnection(purpose, address, namedOptions(options))
  return listening(redis, address, options)
}

/**
 * A connection that subscribes. For `commands` a subscription fails at once without a connection; for `subscriptions` it waits. Its user
 * subscribes again after each `ready`. Not connected yet.
 */
export function createSubscriber(
  purpose: 'commands' | 'subscriptions',
  address: RedisAddress,
  options: RedisConnectionOptions,
): RedisSubscriber {
  if (address.cluster === undefined)
    return listening(create(purpose, address, options), address, options)
  const { host: _host, port: _port, db: _db, ...server } = serverOptions(address)
  const subscriber = new ShardedSubscriber({
    nodes: address.cluster,
    server: { ...server, ...namedOptions(options) },
    waits: purpose === 'subscriptions',
    timeoutMs: options.commandTimeoutMs ?? SUBSCRIBE_TIMEOUT_MS,
  })
  return listening(subscriber, address, options)
}

function originOf(
  connection: RedisConnection,
  options: RedisConnectionOptions,
): [RedisAddress, RedisConnectionOptions] {
  const origin = origins.get(connection)
  if (origin === undefined) throw new TypeError('the connection was not made by this package')
  return [origin.address, { ...options, name: `${origin.name}:${options.name}` }]
}

/**
 * Another connection to the same Redis as `connection`, for another purpose. Not connected yet. Its name is that of `connection`, a colon,
 * and `options.name`.
 */
export function duplicateConnection(
  purpose: Exclude<RedisPurpose, 'subscriptions'>,
  connection: RedisConnection,
  options: RedisConnectionOptions,
): RedisConnection {
  return createRedisConnection(purpose, ...originOf(connection, options))
}

/** A subscriber to the same Redis as `connection`, whose subscriptions wait for it. Named as by `duplicateConnection`. */
export function duplicateSubscriber(
  connection: RedisConnection,
  options: RedisConnectionOptions,
): RedisSubscriber {
  return createSubscriber('subscriptions', ...originOf(connection, options))
}

/** The server of a connection; on a Redis Cluster its primaries. */
export function primariesOf(redis: RedisConnection): readonly Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis]
}

/**
 * Publishes to a channel, which on a Redis Cluster is a sharded one. Resolves with the number of connections that got the message; on a
 * Redis Cluster 0 proves nothing, because subscribers of a primary that became a replica get it too and are not counted.
 */
export function publishTo(
  redis: RedisConnection,
  channel: string,
  message: string | Buffer,
): Promise<number> {
  return redis instanceof Cluster
    ? (redis.spublish(channel, message) as Promise<number>)
    : redis.publish(channel, message)
}

/**
 * Subscribes to the channels that `channels` returns each time the connection is ready, so also after each reconnect. `onError` gets what
 * Redis refuses, and the error of a connection that breaks before the reply; the next `ready` tries again.
 */
export function subscribeWhenReady(
  connection: RedisSubscriber,
  channels: () => Iterable<string>,
  onError: (error: unknown) => void,
): void {
  connection.on('ready', () => {
    const names = [...channels()]
    if (names.length > 0) connection.subscribe(...names).catch(onError)
  })
}

/**
 * Connects for the first time, and proves it with a PING and, where the address names a database, a SELECT: ioredis continues with
 * database 0 when Redis refuses it. Rejects with UNAVAILABLE when that takes more than `timeoutMs` or Redis refuses; the cause is the
 * reason that Redis or the socket gave. The connection is then closed permanently.
 */
export async function openConnection(
  redis: RedisConnection | RedisSubscriber,
  timeoutMs: number,
): Promise<void> {
  let reason: unknown
  const onError = (error: Error): void => {
    reason = error
  }
  redis.on('error', onError)
  try {
    await withTimeout(prove(redis), { ms: timeoutMs, what: 'The connection to Redis' })
  } catch (error) {
    redis.disconnect()
    const cause = (await clusterReason(redis)) ?? reason ?? error
    throw new CodedError('UNAVAILABLE', 'Redis does not answer', { cause })
  } finally {
    redis.off('error', onError)
  }
}

/** Why no node of a cluster answers; the cluster client of ioredis mostly says only that connections were closed. */
async function clusterReason(redis: RedisConnection | RedisSubscriber): Promise<unknown> {
  const address = origins.get(redis)?.address
  if (address?.cluster === undefined || !(redis instanceof Cluster)) return undefined
  const { host: _host, port: _port, db: _db, ...server } = serverOptions(address)
  return await readTopology(address.cluster, server).then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function prove(redis: RedisConnection | RedisSubscriber): Promise<void> {
  if (redis instanceof Cluster) return proveCluster(redis)
  await redis.connect()
  if (!(redis instanceof Redis)) return
  await redis.ping()
  const { db } = redis.options
  if (db !== undefined && db > 0) await redis.select(db)
}
