import type { WriteServiceConfigsInput } from '@alkdev/config'
import { startRedisCluster, startRedisSentinels } from '@alkdev/testing'
import type { RedisProcess, TestCertificates } from '@alkdev/testing'
import { must } from '@alkdev/std'
import { vi } from 'vitest'

/** The prefix of a deployment that sets none. */
const LEASES = 'alkhub:leases'
const WAIT = { timeout: 60_000, interval: 100 }

/** Servers of Redis of which replicas take over. `primary`: of a Redis Cluster that which holds the leases. Each method ends with all servers at work. */
export interface ReplicatedRedis extends AsyncDisposable {
  /** The section `redis` of a config. */
  readonly section: NonNullable<NonNullable<WriteServiceConfigsInput['sections']>['redis']>
  /** Kills the primary, and starts it again when another one has taken over. */
  killPrimary(): Promise<void>
  /** Stops the primary until another one has taken over. */
  freezePrimary(): Promise<void>
  /** Lets a replica take over from a primary that works. */
  replacePrimary(): Promise<void>
}

async function untilReplicated(server: RedisProcess): Promise<void> {
  await vi.waitUntil(
    async () => (await server.ask('INFO', 'replication')).includes('master_link_status:up'),
    WAIT,
  )
}

/** Three primaries with a replica each. */
export async function replicatedCluster(): Promise<ReplicatedRedis> {
  const cluster = await startRedisCluster({ replicas: 1 })
  const slot = await cluster.slotOf(LEASES)
  const untilOther = (former: RedisProcess): Promise<unknown> =>
    vi.waitUntil(async () => {
      const primary = await cluster.primaryOf(slot).catch(() => former)
      return primary !== former
    }, WAIT)
  return {
    section: { cluster: [...cluster.nodes], password: cluster.password },
    async killPrimary() {
      const primary = await cluster.primaryOf(slot)
      await primary.kill()
      await untilOther(primary)
      await primary.start()
      await cluster.untilWhole()
      await untilReplicated(primary)
    },
    async freezePrimary() {
      const primary = await cluster.primaryOf(slot)
      primary.freeze()
      try {
        await vi.waitUntil(
          () =>
            cluster.primaryOf(slot, primary).then(
              () => true,
              () => false,
            ),
          WAIT,
        )
      } finally {
        primary.thaw()
      }
      await cluster.untilWhole()
      await untilReplicated(primary)
    },
    async replacePrimary() {
      const primary = await cluster.primaryOf(slot)
      const id = await primary.ask('CLUSTER', 'MYID')
      const view = await primary.ask('CLUSTER', 'NODES')
      const replica = must(
        cluster.processes.find((node) => lineOf(view, node).includes(`slave ${id} `)),
        'a replica of the primary',
      )
      await replica.ask('CLUSTER', 'FAILOVER')
      await untilOther(primary)
      await cluster.untilWhole()
      await untilReplicated(primary)
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}

/** The line of a server in a reply of CLUSTER NODES. */
function lineOf(view: string, { port }: RedisProcess): string {
  return view.split('\n').find((line) => line.includes(`127.0.0.1:${port}@`)) ?? ''
}

/** A primary, a replica and three sentinels; with certificates all over TLS. */
export async function replicatedBySentinels(tls?: TestCertificates): Promise<ReplicatedRedis> {
  const redis = await startRedisSentinels(tls && { tls })
  let [primary, replica] = redis.servers
  const untilSwitched = async (): Promise<void> => {
    await redis.untilPrimary(replica)
    ;[primary, replica] = [replica, primary]
  }
  return {
    section: {
      sentinel: {
        nodes: [...redis.nodes],
        name: redis.name,
        password: redis.sentinelPassword,
        tls: tls !== undefined,
      },
      password: redis.password,
      ...(tls && { tls: true, caFile: tls.caFile }),
    },
    async killPrimary() {
      await primary.kill()
      await untilSwitched()
      await replica.start()
      await redis.rejoin(replica)
    },
    async freezePrimary() {
      primary.freeze()
      try {
        await redis.untilPrimary(replica)
      } finally {
        primary.thaw()
      }
      await untilSwitched()
      await redis.rejoin(replica)
    },
    async replacePrimary() {
      await redis.sentinels[0]?.ask('SENTINEL', 'FAILOVER', redis.name)
      await untilSwitched()
      await redis.rejoin(replica)
    },
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  }
}
