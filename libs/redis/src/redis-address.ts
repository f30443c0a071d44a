import type { Secret } from '@alkdev/crypto'

/** A host and a port. */
export interface RedisNode {
  readonly host: string
  readonly port: number
}

/** Certificates as PEM texts, for an address with `rediss://`. */
export interface RedisTls {
  /** Authorities that sign the certificates of the servers. Default: those of Node. */
  readonly ca?: string
  /** Certificate of this client, for servers that ask for one. */
  readonly cert?: string
  readonly key?: Secret
}

/** Sentinels, which know the current primary. */
export interface RedisSentinels {
  readonly nodes: readonly RedisNode[]
  /** Name under which the sentinels monitor the primary. */
  readonly name: string
  /** Of the sentinels themselves. */
  readonly user?: string
  readonly password?: Secret
  /** Whether the sentinels are reached over TLS, with the certificates of `tls`. */
  readonly tls: boolean
}

/** Where Redis is, as the section `redis` of a config file says. */
export interface RedisAddress {
  /**
   * `redis://user:password@host:port/database`, or `rediss://` for TLS. With `sentinel` or `cluster` only user, password, database and
   * protocol of it apply.
   */
  readonly url: string | Secret
  readonly tls?: RedisTls
  readonly sentinel?: RedisSentinels
  /** Nodes of a Redis Cluster that are asked for all of its nodes. */
  readonly cluster?: readonly RedisNode[]
  /** Milliseconds for the TCP and TLS handshakes of each attempt. Default 3,000. */
  readonly connectTimeoutMs?: number
}

/** The URL as text. */
export function redisUrlOf({ url }: Pick<RedisAddress, 'url'>): string {
  return typeof url === 'string' ? url : url.reveal()
}
