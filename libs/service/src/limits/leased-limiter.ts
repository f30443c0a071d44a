import type { Authenticated } from '@alkdev/contracts'
import type { CodedError } from '@alkdev/errors'
import type { BucketState, LimitBucket } from './limit-script.ts'
import { PAUSE_MS } from './rate-limiter.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** Maximum requests of one lease. */
const MAX_LEASE = 64
/** Milliseconds after which the unused requests of a lease are given back. */
const LEASE_MS = 1000
/** A lease takes at most a quarter of the remaining requests, so that other replicas get some too. */
const SHARE = 4
/** Milliseconds for which a refusal is repeated without querying Redis. */
const REFUSAL_MS = 250

interface Lease {
  buckets: readonly LimitBucket[]
  left: number
  /** The day on which the remaining requests were counted. */
  day: number
  /** All times by `performance.now()`. */
  validUntil: number
  /** Redis is not queried before this time. */
  openUntil: number
  refusedBy: BucketState | undefined
  refusedAt: number
  size: number
  waiting: number
  filling: Promise<void> | undefined
}

/** Undefined when the call is admitted. */
export type Admission = CodedError | undefined

/**
 * The same limits without a round trip for each call: calls are reserved in Redis in advance and counted there at once, so
 * that all replicas together never admit more than the limit. What is not used within a second is given back. A lease begins
 * with one call, doubles while it is used up, and ends with the day or month. Only the first call of a lease waits, 250 ms at
 * most; calls are admitted while Redis is unavailable.
 */
export class LeasedLimiter {
  readonly #limiter: RateLimiter
  /** By key, or by account for callers without a key. Unused ones are removed within two leases. */
  readonly #leases = new Map<string, Lease>()
  #timer: NodeJS.Timeout | undefined

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter
  }

  /** Checks whether the identity may make one more call. Synchronous without a limit and within a lease. Never rejects. */
  admit(authenticated: Authenticated): Admission | Promise<Admission> {
    const buckets = this.#limiter.bucketsOf(authenticated)
    if (buckets.length === 0) return undefined
    const { identity } = authenticated
    const name = identity.keyId ?? identity.id
    let lease = this.#leases.get(name)
    if (lease === undefined) this.#leases.set(name, (lease = newLease(buckets)))
    this.#timer ??= setInterval(() => this.#sweep(), LEASE_MS / 4).unref()
    const taken = this.#take(lease, authenticated)
    if (taken !== 'wait') return taken
    return this.#wait(lease, authenticated)
  }

  /** Gives back all unused requests. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await Promise.all(
      [...this.#leases.values()].map(async (lease) => {
        await lease.filling
        await this.#release(lease)
      }),
    )
    this.#leases.clear()
  }

  #take(lease: Lease, authenticated: Authenticated): Admission | 'wait' {
    const now = performance.now()
    if (now < lease.openUntil) return undefined
    if (lease.left > 0 && now >= lease.validUntil) void this.#release(lease)
    if (lease.left > 0) {
      lease.left -= 1
      // Refilled before it is empty, so that a steady caller never waits.
      if (lease.left * 2 < lease.size && !refusedJustNow(lease, now))
        void this.#fill(lease, authenticated)
      return undefined
    }
    const { refusedBy, refusedAt } = lease
    if (refusedBy === undefined || !refusedJustNow(lease, now)) return 'wait'
    const retryAfterMs = refusedBy.retryAfterMs - (now - refusedAt)
    return this.#limiter.refuse({ ...refusedBy, retryAfterMs })
  }

  async #wait(lease: Lease, authenticated: Authenticated): Promise<Admission> {
    lease.waiting += 1
    try {
      for (;;) {
        // Each round ends with granted calls, a refusal, or an unavailable Redis, which lets calls pass.
        await this.#fill(lease, authenticated)
        const taken = this.#take(lease, authenticated)
        if (taken !== 'wait') return taken
      }
    } finally {
      lease.waiting -= 1
    }
  }

  #fill(lease: Lease, authenticated: Authenticated): Promise<void> {
    lease.filling ??= this.#ask(lease, authenticated).finally(() => (lease.filling = undefined))
    return lease.filling
  }

  async #ask(lease: Lease, authenticated: Authenticated): Promise<void> {
    const askedAt = performance.now()
    const buckets = this.#limiter.bucketsOf(authenticated)
    // The limits have changed: unused requests go back to the old ones.
    if (buckets !== lease.buckets) await this.#release(lease)
    lease.buckets = buckets
    const wanted = Math.min(MAX_LEASE, Math.max(lease.size, lease.waiting))
    const state = await this.#limiter.take(authenticated, wanted, SHARE)
    lease.refusedBy = state?.refusedBy
    lease.refusedAt = performance.now()
    if (state === undefined) {
      lease.openUntil = performance.now() + PAUSE_MS
    } else if (state.granted > 0) {
      const { day, month } = state.tightest
      const endsMs = Math.min(LEASE_MS, day?.resetMs ?? LEASE_MS, month?.resetMs ?? LEASE_MS)
      lease.size = Math.min(MAX_LEASE, lease.size * 2)
      // The rest of another day's lease was counted on that day.
      lease.left = state.granted + (state.day === lease.day ? lease.left : 0)
      lease.day = state.day
      lease.validUntil = askedAt + endsMs
    }
  }

  async #release(lease: Lease): Promise<void> {
    const { left, buckets, day } = lease
    lease.left = 0
    lease.size = 1
    await this.#limiter.giveBack(buckets, left, day)
  }

  #sweep(): void {
    const now = performance.now()
    for (const [name, lease] of this.#leases) {
      if (lease.waiting > 0 || lease.filling !== undefined || now < lease.validUntil) continue
      void this.#release(lease)
      if (now > lease.validUntil + LEASE_MS && now > lease.openUntil) this.#leases.delete(name)
    }
    if (this.#leases.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function refusedJustNow({ refusedBy, refusedAt }: Lease, now: number): boolean {
  return refusedBy !== undefined && now - refusedAt < Math.min(REFUSAL_MS, refusedBy.retryAfterMs)
}

function newLease(buckets: readonly LimitBucket[]): Lease {
  return {
    buckets,
    left: 0,
    day: 0,
    validUntil: performance.now(),
    openUntil: 0,
    refusedBy: undefined,
    refusedAt: 0,
    size: 1,
    waiting: 0,
    filling: undefined,
  }
}
