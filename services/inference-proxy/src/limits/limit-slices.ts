import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { CallLimit } from './limit-script.ts'

/** A slice is used no longer than this after it was asked for. */
const USABLE_MS = 1000
/** The first slice of a limit has room for this number of calls like the one that asks for it. */
const CALLS = 8
/** More is in no limit, and would not fit into the numbers of Redis and of JavaScript. */
const MAX_AMOUNT = 1_000_000_000_000_000

/** A part of a limit that calls have taken, or not used, and the second in which Redis counts it. */
export interface CountedAmount {
  readonly limit: CallLimit
  readonly second: number
}

interface Slice {
  /** Of which `amount` counts for nothing. */
  readonly limit: CallLimit
  /** What no call has taken. */
  free: number
  readonly granted: number
  /** Redis counts it in this second. */
  readonly second: number
  readonly usableUntil: number
}

/**
 * What this process has taken of limits of a minute for calls to come, so that they need not ask Redis. Redis counts a slice as used from the moment in which it is
 * taken, and a second longer than a call, because it is used for a second; so no 60 seconds ever hold more than the limit. It gives no slice near a limit.
 */
export class LimitSlices {
  readonly #slices = new Map<string, Slice>()
  /** What the last slice of a limit showed that the next one may need. */
  readonly #needs = new Map<string, number>()
  /** Limits of which a call asks for a slice now. Resolves with whether it got one. */
  readonly #asking = new Map<string, Deferred<boolean>>()
  readonly #onUnused: (unused: readonly CountedAmount[]) => void
  #isTimed = false

  /** `onUnused` takes what slices still had when their time was over. */
  constructor(onUnused: (unused: readonly CountedAmount[]) => void) {
    this.#onUnused = onUnused
  }

  /** Takes what a call needs from the slices of all of its limits; undefined when one of them has not got it: then nothing is taken. */
  take(wanted: readonly CallLimit[]): readonly CountedAmount[] | undefined {
    const now = performance.now()
    const found: Slice[] = []
    for (const { redisKey, amount } of wanted) {
      const slice = this.#slices.get(redisKey)
      if (slice === undefined || slice.free < amount || now >= slice.usableUntil) return undefined
      found.push(slice)
    }
    return wanted.map((limit, at) => {
      const slice = found[at] as Slice
      slice.free -= limit.amount
      return { limit, second: slice.second }
    })
  }

  /** Resolves with whether there is a new slice, when another call asks for one of these limits now; undefined when none does. */
  asking(wanted: readonly CallLimit[]): Promise<boolean> | undefined {
    for (const { redisKey } of wanted) {
      const asked = this.#asking.get(redisKey)
      if (asked !== undefined) return asked.promise
    }
    return undefined
  }

  /** For how large slices of these limits a call asks that must ask Redis anyway; 0 where another one does. Call `asked` when Redis has answered. */
  wants(wanted: readonly CallLimit[]): readonly number[] {
    return wanted.map(({ redisKey, amount }) => {
      if (amount <= 0 || this.#asking.has(redisKey)) return 0
      this.#asking.set(redisKey, deferred())
      return Math.min(MAX_AMOUNT, Math.max(CALLS * amount, this.#needs.get(redisKey) ?? 0))
    })
  }

  /** `granted`: what Redis gave of `wants`; undefined when it gave nothing. `askedAt`: before Redis was asked. */
  asked(
    wanted: readonly CallLimit[],
    wants: readonly number[],
    granted: { readonly amounts: readonly number[]; readonly second: number } | undefined,
    askedAt: number,
  ): void {
    for (const [at, limit] of wanted.entries()) {
      if ((wants[at] ?? 0) === 0) continue
      const amount = granted?.amounts[at] ?? 0
      this.#asking.get(limit.redisKey)?.resolve(amount > 0)
      this.#asking.delete(limit.redisKey)
      if (granted === undefined || amount === 0) continue
      // What an earlier one still has would count for too short a time under the new one.
      this.#end([limit.redisKey])
      this.#slices.set(limit.redisKey, {
        limit: { ...limit, amount: 0 },
        free: amount,
        granted: amount,
        second: granted.second,
        usableUntil: askedAt + USABLE_MS,
      })
      if (!this.#isTimed) setTimeout(() => this.#endOld(), USABLE_MS).unref()
      this.#isTimed = true
    }
  }

  /** Ends the slices of these limits: a call was refused. False when there were none. */
  giveUp(wanted: readonly CallLimit[]): boolean {
    return this.#end(wanted.map(({ redisKey }) => redisKey))
  }

  #endOld(): void {
    const now = performance.now()
    const old = [...this.#slices].filter(([, { usableUntil }]) => now >= usableUntil)
    this.#end(old.map(([redisKey]) => redisKey))
    this.#isTimed = this.#slices.size > 0
    if (this.#isTimed) setTimeout(() => this.#endOld(), USABLE_MS / 4).unref()
    // A limit that no call has asked for since then begins with a small slice again.
    else this.#needs.clear()
  }

  #end(redisKeys: readonly string[]): boolean {
    const unused: CountedAmount[] = []
    for (const redisKey of redisKeys) {
      const slice = this.#slices.get(redisKey)
      if (slice === undefined) continue
      this.#slices.delete(redisKey)
      const { limit, free, granted, second, usableUntil } = slice
      // One that ended before its time was too small.
      this.#needs.set(redisKey, (granted - free) * (performance.now() < usableUntil ? 2 : 1))
      if (free > 0) unused.push({ limit: { ...limit, amount: -free }, second })
    }
    if (unused.length > 0) this.#onUnused(unused)
    return unused.length > 0
  }
}
