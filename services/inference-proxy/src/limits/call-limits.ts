import { CodedError } from '@alkdev/errors'
import { withTimeout } from '@alkdev/std'
import { groupPrefix } from '@alkdev/redis'
import type { CountedLimit } from '@alkdev/storage/inference'
import { giveLimits, renewLimits, takeLimits } from './limit-script.ts'
import type { CallLimit, LimitRedis, TakeAnswer } from './limit-script.ts'
import { LimitSlices } from './limit-slices.ts'
import type { CountedAmount } from './limit-slices.ts'
import { UnusedAmounts } from './unused-amounts.ts'

/** Milliseconds that a call waits for Redis. */
const PATIENCE_MS = 250
/** Milliseconds after which tokens that calls did not use are given back at the latest, with those of other calls, in one command. */
const GIVE_MS = 50
/** Calls that give back together. */
const MAX_GIVING = 100
/** How often a call waits for a slice that another call asks for, before it asks for itself. */
const MAX_JOINED = 8
/** After a failure Redis is not asked for so long: an outage must not slow every call down. */
const PAUSE_MS = 1000

export interface CallLimitsOptions {
  readonly redis: LimitRedis
  /** Of the deployment, without a colon at the end. */
  readonly prefix: string
  /** Without Redis calls that have a limit are refused; else they are let through. */
  readonly failClosed: boolean
  readonly leaseMs: number
  readonly onError: (error: unknown) => void
}

/** What a call has taken. */
export interface TakenLimits {
  /** Keeps its places of calls in flight. Never rejects. */
  renew(): Promise<void>
  /** Gives the places back, and what it did not use of the tokens. Never rejects. */
  settle(usedTokens: number): Promise<void>
}

const NOTHING: TakenLimits = { renew: async () => {}, settle: async () => {} }

/**
 * Limits of a minute and of calls in flight, counted in Redis for all replicas together. Far from a limit of a minute, most calls are counted by slices
 * (`LimitSlices`) and wait for nothing.
 */
export class CallLimits {
  readonly #options: CallLimitsOptions
  #askAgainAt = 0
  readonly #unused = new UnusedAmounts()
  readonly #slices = new LimitSlices((unused) => this.#giveLater(unused))
  #timer: NodeJS.Timeout | undefined

  constructor(options: CallLimitsOptions) {
    this.#options = options
  }

  /**
   * Takes the worst case of a call from all of its limits, or nothing. Throws RATE_LIMITED with the time after which to try again; without
   * Redis, UNAVAILABLE if `failClosed`.
   */
  async take(
    limits: readonly CountedLimit[],
    callId: string,
    worstTokens: number,
  ): Promise<TakenLimits> {
    if (limits.length === 0) return NOTHING
    const wanted = limits.map((limit) => this.#wanted(limit, worstTokens))
    let sliced = this.#slices.take(wanted)
    // Many calls that come at once ask once.
    for (let joined = 0; sliced === undefined && joined < MAX_JOINED; joined += 1) {
      const asking = isPlaced(wanted) ? undefined : this.#slices.asking(wanted)
      // oxlint-disable-next-line no-await-in-loop -- one slice after the other
      if (asking === undefined || !(await asking)) break
      sliced = this.#slices.take(wanted)
    }
    if (sliced !== undefined) return this.#counted(sliced)
    const hadUnused = this.#unused.calls > 0
    let answer = await this.#askFor(wanted, callId)
    // What this process holds for calls to come, and what its other calls have not used, may be all that is missing.
    if (answer?.refused !== undefined) {
      const hadSlices = this.#slices.giveUp(wanted)
      if (hadSlices || hadUnused || this.#unused.calls > 0) {
        this.#give()
        answer = await this.#askFor(wanted, callId)
      }
    }
    if (answer === undefined) {
      if (!this.#options.failClosed) return NOTHING
      throw new CodedError('UNAVAILABLE', 'The limits cannot be counted now; ask again.', {
        retryAfterMs: PAUSE_MS,
      })
    }
    if (answer.refused !== undefined) {
      const limit = limits[answer.refused]
      const asked = wanted[answer.refused]
      if (limit && asked) throw refusal(limit, asked.amount, answer.used, answer.retryAfterMs)
    }
    const second = answer.refused === undefined ? answer.second : 0
    if (isPlaced(wanted)) return this.#placed(wanted, callId, second)
    return this.#counted(wanted.map((limit) => ({ limit, second })))
  }

  /** Asks Redis for what a call needs, and for slices for the next ones. */
  async #askFor(wanted: readonly CallLimit[], callId: string): Promise<TakeAnswer | undefined> {
    // A call with a place in flight asks Redis in any case.
    const wants = isPlaced(wanted) ? [] : this.#slices.wants(wanted)
    const askedAt = performance.now()
    const answer = await this.#ask((redis) =>
      takeLimits(redis, wanted, callId, this.#options.leaseMs, wants),
    )
    const granted =
      answer === undefined || answer.refused !== undefined
        ? undefined
        : { amounts: answer.slices, second: answer.second + 1 }
    this.#slices.asked(wanted, wants, granted, askedAt)
    return answer
  }

  /** What a call has taken that has a place in flight: it may be waited for, in another process. */
  #placed(wanted: readonly CallLimit[], callId: string, second: number): TakenLimits {
    const { leaseMs } = this.#options
    return {
      renew: async () => {
        await this.#ask((redis) => renewLimits(redis, wanted, callId, leaseMs))
      },
      settle: async (usedTokens) => {
        const back = wanted.map((limit) => unusedOf(limit, usedTokens))
        await this.#ask((redis) => giveLimits(redis, back, callId, second))
      },
    }
  }

  /** What a call has taken that has no place in flight. */
  #counted(taken: readonly CountedAmount[]): TakenLimits {
    return {
      renew: async () => {},
      settle: async (usedTokens) => {
        const back = taken.map(({ limit, second }) => ({
          limit: unusedOf(limit, usedTokens),
          second,
        }))
        this.#giveLater(back)
      },
    }
  }

  #wanted({ id, unit, limitAmount }: CountedLimit, worstTokens: number): CallLimit {
    if (unit === 'cost') throw new RangeError('money is not counted in Redis')
    const { redis, prefix } = this.#options
    return {
      redisKey: `${groupPrefix(redis, prefix, 'inference')}:inference:${unit}:${id}`,
      unit,
      limit: limitAmount,
      amount: unit === 'tokens' ? worstTokens : 1,
    }
  }

  #giveLater(back: readonly CountedAmount[]): void {
    this.#unused.add(back)
    if (this.#unused.calls >= MAX_GIVING) this.#give()
    else if (this.#unused.calls > 0) this.#timer ??= setTimeout(() => this.#give(), GIVE_MS)
  }

  #give(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const { limits, second } of this.#unused.takeAll())
      void this.#ask((redis) => giveLimits(redis, limits, '', second))
  }

  async #ask<T>(work: (redis: CallLimitsOptions['redis']) => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.#askAgainAt) return undefined
    try {
      const answer = work(this.#options.redis)
      return await withTimeout(answer, { ms: PATIENCE_MS, what: 'The answer of Redis' })
    } catch (error) {
      this.#askAgainAt = performance.now() + PAUSE_MS
      this.#options.onError(error)
      return undefined
    }
  }
}

function isPlaced(wanted: readonly CallLimit[]): boolean {
  return wanted.some(({ unit }) => unit === 'concurrency')
}

/** What is to be added to a limit of which a call took `amount`. */
function unusedOf(limit: CallLimit, usedTokens: number): CallLimit {
  return { ...limit, amount: limit.unit === 'tokens' ? usedTokens - limit.amount : 0 }
}

function refusal(
  { subjectType, subjectId, unit, limitAmount, id }: CountedLimit,
  amount: number,
  used: number,
  retryAfterMs: number,
): CodedError {
  const what =
    unit === 'concurrency'
      ? `${limitAmount} calls in flight`
      : `${limitAmount} ${unit} a minute, of which ${used} are used`
  const never =
    amount > limitAmount ? ', which is more: ask for less output, or for a higher limit' : ''
  const need = unit === 'tokens' ? ` This call may use ${amount}${never}.` : ''
  return new CodedError(
    'RATE_LIMITED',
    `The limit of the ${subjectType} ${subjectId} is ${what}.${need}`,
    { details: { budgetId: id, unit, limit: limitAmount, used, needed: amount }, retryAfterMs },
  )
}
