import type { Authenticated } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { withTimeout } from '@alkdev/std'
import { groupPrefix } from '@alkdev/redis'
import type { MaybeCluster, RedisConnection } from '@alkdev/redis'
import { countRequests } from './limit-script.ts'
import type { BucketState, Counted, LimitBucket, LimitWindow } from './limit-script.ts'
import { LimitTable } from './request-limits.ts'
import type { RequestLimits } from './request-limits.ts'

export interface RateLimiterOptions {
  readonly redis: Pick<RedisConnection, 'evalsha' | 'eval'> & MaybeCluster
  /** Of the deployment, without a colon at the end. */
  readonly prefix: string
  readonly limits: RequestLimits
  /** Milliseconds of a `minute` window. Default: a minute. */
  readonly windowMs?: number
  /** Milliseconds that a request waits for Redis; then it is admitted. Default 250. */
  readonly patienceMs?: number
  /** Called when Redis does not answer, at most once a second. */
  readonly onError?: (error: unknown) => void
  /** Called with the limit of each refusal. */
  readonly onRefused?: (state: BucketState) => void
  /** Milliseconds since the epoch. Default: the clock of Redis, which all replicas share. */
  readonly now?: () => number
}

/** The state of the limits of a request after it was counted, or refused. */
export interface RateState {
  /** Requests that were admitted: as many as requested, or fewer; 0: refused. */
  readonly granted: number
  /** The day on which they were counted, in days since 1970 in UTC. */
  readonly day: number
  /** The tightest limit of each window that has one. */
  readonly tightest: Readonly<Partial<Record<LimitWindow, BucketState>>>
  /** When nothing was granted: the limit that refuses for the longest time. */
  readonly refusedBy?: BucketState
}

/** Milliseconds for which Redis is not queried after a failure, so that an outage does not slow down every request. */
export const PAUSE_MS = 1000

/**
 * Counts requests per key, account and organization in Redis, per minute, day and month in one round trip, so that all replicas and
 * services count together. When Redis is unavailable, or slow, requests are admitted. A Redis that loses its data loses these counts.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions
  /** The limits of each holder. */
  readonly table: LimitTable
  #askAgainAt = 0

  constructor(options: RateLimiterOptions) {
    this.#options = options
    const { redis, prefix, limits } = options
    this.table = new LimitTable(limits, groupPrefix(redis, prefix, 'limits'))
  }

  /** The counters that a request of the holder increments; empty when no limit applies. */
  bucketsOf(authenticated: Authenticated): readonly LimitBucket[] {
    return this.table.bucketsOf(authenticated)
  }

  /**
   * Counts `wanted` requests, or at most one `share`-th of the remaining ones (at least one). Undefined when no limit applies, or
   * Redis does not answer. Never throws.
   */
  async take(authenticated: Authenticated, wanted = 1, share = 1): Promise<RateState | undefined> {
    const buckets = this.table.bucketsOf(authenticated)
    if (buckets.length === 0 || performance.now() < this.#askAgainAt) return undefined
    const counted = await this.#count(buckets, wanted, share)
    return counted === undefined ? undefined : stateOf(counted)
  }

  /** Reads the buckets without counting; undefined when Redis does not answer. Never throws. */
  async look(buckets: readonly LimitBucket[]): Promise<readonly BucketState[] | undefined> {
    if (buckets.length === 0) return []
    if (performance.now() < this.#askAgainAt) return undefined
    return (await this.#count(buckets, 0, 1))?.states
  }

  /** Gives back requests that were counted on a day and not used. Never throws; they are lost when Redis is unavailable. */
  async giveBack(buckets: readonly LimitBucket[], unused: number, takenOn: number): Promise<void> {
    if (buckets.length === 0 || unused < 1 || performance.now() < this.#askAgainAt) return
    await this.#count(buckets, -unused, 1, takenOn)
  }

  /** Counts a refusal, and returns its error. */
  refuse(state: BucketState): CodedError {
    this.#options.onRefused?.(state)
    return rateLimited(state)
  }

  async #count(
    buckets: readonly LimitBucket[],
    wanted: number,
    share: number,
    takenOn?: number,
  ): Promise<Counted | undefined> {
    const { redis, now, windowMs = 60_000 } = this.#options
    const nowMs = now?.()
    try {
      const request = {
        buckets,
        wanted,
        share,
        windowMs,
        nowMs,
        ...(takenOn !== undefined && { takenOn }),
      }
      return await withTimeout(countRequests(redis, request), {
        ms: this.#options.patienceMs ?? 250,
        what: 'The answer of Redis',
      })
    } catch (error) {
      this.#askAgainAt = performance.now() + PAUSE_MS
      this.#options.onError?.(error)
      return undefined
    }
  }
}

function tighter(a: BucketState, b: BucketState): BucketState {
  if (a.retryAfterMs !== b.retryAfterMs) return a.retryAfterMs > b.retryAfterMs ? a : b
  return b.remaining < a.remaining ? b : a
}

function stateOf({ granted, day, states }: Counted): RateState {
  const tightest: Partial<Record<LimitWindow, BucketState>> = {}
  for (const state of states) {
    const other = tightest[state.window]
    tightest[state.window] = other === undefined ? state : tighter(other, state)
  }
  if (granted > 0) return { granted, day, tightest }
  return { granted, day, tightest, refusedBy: Object.values(tightest).reduce(tighter) }
}

/** RATE_LIMITED, with the limit that refuses for the longest time and the time after which to retry. */
function rateLimited({ of, id, window, limit, retryAfterMs }: BucketState): CodedError {
  const per = window === 'minute' ? 'a minute' : `a ${window} (of the calendar, in UTC)`
  const plural = limit === 1 ? 'request' : 'requests'
  return new CodedError(
    'RATE_LIMITED',
    `The ${of} is over its limit of ${limit} ${plural} ${per}.`,
    {
      details: { of, id, window, limit },
      retryAfterMs: Math.max(1, retryAfterMs),
    },
  )
}
