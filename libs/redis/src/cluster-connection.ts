import { Cluster } from 'ioredis'
import type { ClusterOptions, Redis } from 'ioredis'
import { connectTimeoutOf, serverOptions } from './server-options.ts'
import type { RedisAddress } from './redis-address.ts'
import { clusterOptionsFor } from './redis-purpose.ts'
import type { RedisPurpose } from './redis-purpose.ts'

type SendArguments = Parameters<Cluster['sendCommand']>

/**
 * Rejects commands at once while no node is connected. The queue of ioredis for that time is not switched off, because with it go the
 * commands for a node whose connection is just being made.
 */
class FailFastCluster extends Cluster {
  override sendCommand(...args: SendArguments): unknown {
    const [command] = args
    // CLUSTER INFO is how ioredis finds out that it is ready.
    if (this.status === 'ready' || this.status === 'wait' || command.name === 'cluster')
      return super.sendCommand(...args)
    command.reject(new Error('No node of the Redis Cluster is connected.'))
    return command.promise
  }
}

/** A connection to each primary of the Redis Cluster of an address. */
export function createClusterConnection(
  purpose: RedisPurpose,
  address: RedisAddress,
  redisOptions: NonNullable<ClusterOptions['redisOptions']>,
): Cluster {
  const { host: _host, port: _port, db: _db, ...server } = serverOptions(address)
  const options = clusterOptionsFor(purpose)
  const nodes = (address.cluster ?? []).map(({ host, port }) => ({ host, port }))
  const cluster = new (purpose === 'worker' ? Cluster : FailFastCluster)(nodes, {
    ...options,
    // Names stay names: a certificate is checked against them.
    dnsLookup: (name, callback) => callback(null, name),
    slotsRefreshTimeout: connectTimeoutOf(address),
    redisOptions: { ...server, ...options.redisOptions, ...redisOptions },
  })
  cluster.on('+node', (node: Redis) => {
    // Behind the command that the node was made for, which otherwise fails because the connection is not ready.
    if (node.options.readOnly !== true)
      setImmediate(() => {
        if (node.status === 'wait') node.connect().catch(() => undefined)
      })
  })
  return cluster
}

/** The connections to the primaries, each proved with a PING. */
export async function proveCluster(cluster: Cluster): Promise<void> {
  await cluster.connect()
  await Promise.all(cluster.nodes('master').map((node) => node.ping()))
}
