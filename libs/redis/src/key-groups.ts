/** What tells a connection to a Redis Cluster from one to a single server. */
export interface MaybeCluster {
  readonly isCluster?: boolean
}

/**
 * The beginning of keys that one command or script uses together. On a Redis Cluster it is a hash tag, which puts them on one node; on a
 * single server it is the prefix itself.
 */
export function groupPrefix(redis: MaybeCluster, prefix: string, group: string): string {
  return redis.isCluster === true ? `{${prefix}:${group}}` : prefix
}

/**
 * A key that lies, on a Redis Cluster, on the node of a sharded channel: commands for both are sent over one connection and in order. On a
 * single server it is `<prefix>:<name>`.
 */
export function keyBesideChannel(
  redis: MaybeCluster,
  { prefix, channel, name }: { prefix: string; channel: string; name: string },
): string {
  return redis.isCluster === true ? `{${channel}}:${name}` : `${prefix}:${name}`
}
