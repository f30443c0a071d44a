import type { Caller } from '../protocol/caller.ts'
import { MAX_WATCHED } from '../protocol/watch-limit.ts'
import { noteSession, SESSION_SECONDS } from './latest-sessions.ts'
import type { LatestSessionsRedis } from './latest-sessions.ts'
import { MAX_URI } from './uri-pattern.ts'

/** The commands of Redis that keep which resources sessions watch. */
export interface WatchRedis extends LatestSessionsRedis {
  sadd(key: string, member: string): Promise<number>
  srem(key: string, member: string): Promise<number>
  scard(key: string): Promise<number>
  smembers(key: string): Promise<string[]>
}

/**
 * The resources that sessions of MCP before 2026-07-28 watch (`resources/subscribe`): in Redis, for a day, because the stream of changes of a
 * session may be at another replica.
 */
export class SessionWatches {
  readonly #redis: WatchRedis
  readonly #prefix: string

  /** `prefix` is the deployment's in Redis, without a colon at the end. */
  constructor(redis: WatchRedis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  /** False when the session watches as many as it may, or has no id, and for a URI that is too long. */
  async add(caller: Caller, uri: string): Promise<boolean> {
    const key = this.#keyOf(caller)
    if (key === undefined || uri.length > MAX_URI) return false
    if ((await this.#redis.scard(key)) >= MAX_WATCHED) return false
    const { identity } = caller.authenticated
    const list = `${this.#prefix}:mcp:watching:${identity.keyId ?? identity.id}`
    await noteSession(this.#redis, list, key)
    await this.#redis.sadd(key, uri)
    await this.#redis.expire(key, SESSION_SECONDS)
    return true
  }

  async remove(caller: Caller, uri: string): Promise<void> {
    const key = this.#keyOf(caller)
    if (key !== undefined) await this.#redis.srem(key, uri)
  }

  async of(caller: Caller): Promise<ReadonlySet<string>> {
    const key = this.#keyOf(caller)
    return new Set(key === undefined ? [] : await this.#redis.smembers(key))
  }

  #keyOf({ session, authenticated: { identity } }: Caller): string | undefined {
    if (session === undefined) return undefined
    return `${this.#prefix}:mcp:watches:${identity.keyId ?? identity.id}:${session}`
  }
}
