import type { ClusterOptions, RedisOptions } from 'ioredis'

const MAX_RETRY_DELAY_MS = 500

/** Milliseconds before attempt `attempt` (from 1) to reconnect: 25 to 500. There is no limit of attempts. */
export function retryDelayMs(attempt: number): number {
  return Math.min(MAX_RETRY_DELAY_MS, 25 * attempt)
}

const FAIL_FAST: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // Zero makes every close reject the commands in flight; otherwise such promises never settle.
  maxRetriesPerRequest: 0,
  autoResubscribe: false,
  retryStrategy: retryDelayMs,
}

/** What a connection is for: this decides what happens to its commands while Redis is unavailable. */
export type RedisPurpose = 'commands' | 'blocking' | 'subscriptions' | 'worker'

const PURPOSES: Readonly<Record<RedisPurpose, RedisOptions>> = {
  /**
   * A command without a connection fails at once, and one in flight fails when the connection breaks: nothing is sent twice. Reconnects
   * without a limit and does not subscribe again by itself.
   */
  commands: FAIL_FAST,
  /** Blocking reads. Ends with the first failure; the reader opens another one. */
  blocking: { ...FAIL_FAST, retryStrategy: () => null, sentinelRetryStrategy: () => null },
  /**
   * Subscriptions, which wait for Redis; `subscribeWhenReady` makes them again after each reconnect. Messages in between are lost. The way of
   * ioredis is switched off: it forgets them when the connection breaks again before the reply, and rejects a promise that nothing handles.
   */
  subscriptions: {
    lazyConnect: true,
    enableOfflineQueue: true,
    autoResubscribe: false,
    retryStrategy: retryDelayMs,
  },
  /** A BullMQ worker: commands wait for Redis without a limit, as BullMQ requires. Connects at once. */
  worker: { maxRetriesPerRequest: null, retryStrategy: retryDelayMs },
}

/** The options of ioredis for a purpose. */
export function optionsFor(purpose: RedisPurpose): RedisOptions {
  return PURPOSES[purpose]
}

/** The nodes are asked for the slots so often, besides after each refusal that names another node. */
const REFRESH_MS = 5000

/** Commands that a node may have executed are not sent again; those that it refused because a slot moved are. */
const CLUSTER_FAIL_FAST: ClusterOptions = {
  lazyConnect: true,
  clusterRetryStrategy: retryDelayMs,
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  slotsRefreshInterval: REFRESH_MS,
}

const CLUSTER_PURPOSES: Readonly<Record<Exclude<RedisPurpose, 'subscriptions'>, ClusterOptions>> = {
  commands: CLUSTER_FAIL_FAST,
  blocking: { ...CLUSTER_FAIL_FAST, clusterRetryStrategy: () => null },
  worker: {
    clusterRetryStrategy: retryDelayMs,
    slotsRefreshInterval: REFRESH_MS,
    redisOptions: { maxRetriesPerRequest: null },
  },
}

/** The same for a Redis Cluster, where subscriptions have connections of their own kind. */
export function clusterOptionsFor(purpose: RedisPurpose): ClusterOptions {
  if (purpose === 'subscriptions') throw new TypeError('a Redis Cluster takes a ShardedSubscriber')
  return CLUSTER_PURPOSES[purpose]
}
