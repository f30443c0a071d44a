import type { LoggingLevel, ServerContext } from '@modelcontextprotocol/server'
import { LOG_LEVEL_META_KEY } from '@modelcontextprotocol/server'
import { membersOf } from '../protocol/members-of.ts'
import type { Caller } from '../protocol/caller.ts'
import { noteSession, SESSION_SECONDS } from './latest-sessions.ts'
import type { LatestSessionsRedis } from './latest-sessions.ts'

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** Sends one log line. */
export type SendLog = (data: unknown) => Promise<void>

/** The commands of Redis that keep levels. */
export interface LogRedis extends LatestSessionsRedis {
  get(key: string): Promise<string | null>
  set(key: string, value: string, unit: 'EX', seconds: number): Promise<unknown>
}

/**
 * Log lines of subscriptions for their clients, at the level `info`: for clients of 2026-07-28 as each request says, for older ones as their
 * session said last, to any replica.
 */
export class SessionLogs {
  readonly #redis: LogRedis
  readonly #prefix: string

  /** `prefix` is the deployment's in Redis, without a colon at the end. */
  constructor(redis: LogRedis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  /** Keeps the level of a session for a day, of the last 100 sessions of a key that set one. A client without a session id has no place to keep it. */
  async setLevel(caller: Caller, level: LoggingLevel): Promise<void> {
    const key = this.#keyOf(caller)
    if (key === undefined) return
    const { identity } = caller.authenticated
    const list = `${this.#prefix}:mcp:log-levels:${identity.keyId ?? identity.id}`
    await noteSession(this.#redis, list, key)
    await this.#redis.set(key, level, 'EX', SESSION_SECONDS)
  }

  /** Undefined when the client wants no lines at this level. */
  async for(ctx: ServerContext, caller: Caller): Promise<SendLog | undefined> {
    const wanted =
      membersOf(ctx.mcpReq.envelope)[LOG_LEVEL_META_KEY] ?? (await this.#levelOf(caller))
    const at = LEVELS.indexOf(typeof wanted === 'string' ? wanted : '')
    if (at === -1 || at > LEVELS.indexOf('info')) return undefined
    return (data) =>
      ctx.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } })
  }

  async #levelOf(caller: Caller): Promise<string | null> {
    const key = this.#keyOf(caller)
    return key === undefined ? null : this.#redis.get(key)
  }

  #keyOf({ session, authenticated: { identity } }: Caller): string | undefined {
    if (session === undefined) return undefined
    return `${this.#prefix}:mcp:log-level:${identity.keyId ?? identity.id}:${session}`
  }
}
