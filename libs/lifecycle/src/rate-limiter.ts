import { createHash } from 'node:crypto'
import type { Identity } from '@alkdev/operations'
import type { Redis } from 'ioredis'

/** Requests per window; 0 = no limit. */
export interface RateLimits {
  readonly key: number
  readonly account: number
  readonly organization: number
}

export interface RateLimiterOptions {
  readonly redis: Pick<Redis, 'evalsha' | 'eval'>
  /** Of the deployment, without a colon at the end. */
  readonly prefix: string
  readonly limits: RateLimits
  /** Milliseconds in which so many requests are allowed. Default a minute. */
  readonly windowMs?: number
  /** Milliseconds that a request waits for Redis; then it is let through. Default 250. */
  readonly patienceMs?: number
  /** Told when Redis could not be asked, at most once a second. */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since the epoch. Default: the clock of Redis, which all replicas share. */
  readonly now?: () => number
}

/** What the tightest limit of a request says after it was counted, or refused. */
export interface RateState {
  readonly allowed: boolean
  readonly limit: number
  /** Requests that would be let through now. */
  readonly remaining: number
  /** Until everything is allowed again. */
  readonly resetMs: number
  /** Until the next request is let through; 0 when it was. */
  readonly retryAfterMs: number
  /** Which of the limits that is. */
  readonly of: 'key' | 'account' | 'organization'
}

/** Organizations of an account that are counted; more would make the one round trip long. */
const MAX_ORGS = 16
/** After a failure Redis is not asked for so long: an outage must not slow every request down. */
const PAUSE_MS = 1000

/*
 * Each bucket holds the time at which it will be empty again (the generic cell rate algorithm, ATM Forum TM 4.0): a request adds
 * window / limit to it, and may not push it further than one window ahead. So `limit` requests may come at once, and then one each
 * window / limit. All buckets of a request are looked at before any is written: a refused request counts nowhere.
 */
const SCRIPT = `
local window = tonumber(ARGV[1])
local now = tonumber(ARGV[2])
if now == nil then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local worst, allowed, emptyAt = 1, 1, {}
local left, wait = {}, {}
for i = 1, #KEYS do
  local limit = tonumber(ARGV[2 + i])
  local step = window / limit
  local full = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), now) + step
  emptyAt[i] = full
  left[i] = math.floor((window - (full - now)) / step + 1e-6)
  wait[i] = math.max(0, full - now - window)
  if left[i] < 0 then allowed = 0 end
end
for i = 2, #KEYS do
  if wait[i] > wait[worst] or (wait[i] == wait[worst] and left[i] < left[worst]) then worst = i end
end
for i = 1, #KEYS do
  if allowed == 1 then
    redis.call('SET', KEYS[i], string.format('%.3f', emptyAt[i]), 'PX', math.ceil(emptyAt[i] - now))
  else
    emptyAt[i] = emptyAt[i] - window / tonumber(ARGV[2 + i])
  end
end
return { allowed, worst, math.max(0, left[worst]), math.ceil(emptyAt[worst] - now), math.ceil(wait[worst]) }
`
const SHA = createHash('sha1').update(SCRIPT).digest('hex')

interface Bucket {
  readonly of: RateState['of']
  readonly key: string
  readonly limit: number
}

/**
 * Counts requests per key, account and organization in Redis, in one round trip, so that all replicas and services count together. When
 * Redis is away, or slow, requests are let through: these limits are Redis' and may be lost.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions
  readonly #windowMs: number
  #askAgainAt = 0

  constructor(options: RateLimiterOptions) {
    this.#options = options
    this.#windowMs = options.windowMs ?? 60_000
  }

  /** Counts one request. Undefined when nothing limits it, or Redis can't say. Never throws. */
  async take(identity: Identity): Promise<RateState | undefined> {
    const buckets = this.#bucketsOf(identity)
    if (buckets.length === 0 || performance.now() < this.#askAgainAt) return undefined
    try {
      const [allowed = 1, worst = 1, remaining = 0, resetMs = 0, retryAfterMs = 0] =
        await this.#within(this.#run(buckets))
      const bucket = buckets[worst - 1]
      if (bucket === undefined) return undefined
      const { of, limit } = bucket
      return { allowed: allowed === 1, limit, remaining, resetMs, retryAfterMs, of }
    } catch (error) {
      this.#askAgainAt = performance.now() + PAUSE_MS
      this.#options.onError?.(error)
      return undefined
    }
  }

  #bucketsOf({ id, keyId, orgIds = [] }: Identity): readonly Bucket[] {
    const { prefix, limits } = this.#options
    const bucket = (of: Bucket['of'], name: string): readonly Bucket[] =>
      limits[of] > 0 ? [{ of, key: `${prefix}:rate:${of}:${name}`, limit: limits[of] }] : []
    return [
      ...(keyId === undefined ? [] : bucket('key', keyId)),
      ...bucket('account', id),
      ...orgIds.slice(0, MAX_ORGS).flatMap((orgId) => bucket('organization', orgId)),
    ]
  }

  async #run(buckets: readonly Bucket[]): Promise<readonly number[]> {
    const { redis, now } = this.#options
    const keys = buckets.map(({ key }) => key)
    const values = [this.#windowMs, now === undefined ? '' : now(), ...buckets.map((b) => b.limit)]
    try {
      return (await redis.evalsha(SHA, keys.length, ...keys, ...values)) as number[]
    } catch (error) {
      // A Redis that was started anew does not know the script yet.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return (await redis.eval(SCRIPT, keys.length, ...keys, ...values)) as number[]
    }
  }

  async #within<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>()
    const patienceMs = this.#options.patienceMs ?? 250
    const timer = setTimeout(
      () => reject(new Error(`Redis did not answer within ${patienceMs} ms`)),
      patienceMs,
    )
    try {
      return await Promise.race([work, promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
