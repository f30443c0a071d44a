import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import type { RedisNode } from './redis-address.ts'

interface SlotRange {
  readonly from: number
  readonly to: number
  readonly primary: RedisNode
}

/** Which node is the primary of each slot. */
export interface ClusterTopology {
  /** Undefined for a slot that no node has. */
  primaryOf(slot: number): RedisNode | undefined
  readonly primaries: readonly RedisNode[]
}

/** `host:port`. */
export function nodeName({ host, port }: RedisNode): string {
  return `${host}:${port}`
}

/** Asks the nodes, one after the other in random order, until one answers. Rejects with the error of the last. */
export async function readTopology(
  nodes: readonly RedisNode[],
  options: RedisOptions,
): Promise<ClusterTopology> {
  const order = nodes.map((node) => ({ node, at: Math.random() })).toSorted((a, b) => a.at - b.at)
  let last: unknown = new Error('no node of the Redis Cluster is known')
  for (const { node } of order) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the first answer is enough
      return await readFrom(node, options)
    } catch (error) {
      last = error
    }
  }
  throw last
}

async function readFrom(node: RedisNode, options: RedisOptions): Promise<ClusterTopology> {
  let reason: unknown
  const redis = new Redis({
    ...options,
    ...node,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
    ...(options.connectTimeout !== undefined && { commandTimeout: options.connectTimeout }),
  })
  redis.on('error', (error) => {
    reason = error
  })
  try {
    const ranges = rangesOf(await redis.cluster('SLOTS'), node)
    return {
      primaryOf: (slot) => ranges.find(({ from, to }) => from <= slot && slot <= to)?.primary,
      primaries: ranges.map(({ primary }) => primary),
    }
  } catch (error) {
    throw reason ?? error
  } finally {
    redis.disconnect()
  }
}

/** A reply of CLUSTER SLOTS: `[from, to, [host, port, ...], ...replicas]` for each range. A node may not know its own host. */
function rangesOf(reply: unknown, asked: RedisNode): readonly SlotRange[] {
  return (reply as readonly (readonly [number, number, readonly [string | null, number]])[]).map(
    ([from, to, [host, port]]) => ({
      from,
      to,
      primary: { host: host === null || host === '' || host === '?' ? asked.host : host, port },
    }),
  )
}
