import { CodedError } from '@alkdev/errors'
import { withTimeout } from '@alkdev/std'
import { groupPrefix } from '@alkdev/redis'
import type { CountedLimit } from '@alkdev/storage/inference'
import { giveLimits, renewLimits, takeLimits } from './limit-script.ts'
import type { CallLimit, LimitRedis } from './limit-script.ts'

/** Milliseconds that a call waits for Redis. */
const PATIENCE_MS = 250
/** Milliseconds after which tokens that calls did not use are given back at the latest, with those of other calls. */
const GIVE_MS = 10
/** Calls that give back together. */
const MAX_GIVING = 100
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

/** Limits of a minute and of calls in flight, counted in Redis for all replicas together. */
export class CallLimits {
  readonly #options: CallLimitsOptions
  #askAgainAt = 0
  /** What is given back with the next call that takes something. */
  #giving: (() => void)[] = []
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
    const { leaseMs } = this.#options
    const wanted = limits.map((limit) => this.#wanted(limit, worstTokens))
    this.#give()
    const answer = await this.#ask((redis) => takeLimits(redis, wanted, callId, leaseMs))
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
    return {
      renew: async () => {
        await this.#ask((redis) => renewLimits(redis, wanted, callId, leaseMs))
      },
      settle: async (usedTokens) => {
        const back = wanted.map((limit) => ({
          ...limit,
          amount: limit.unit === 'tokens' ? usedTokens - limit.amount : 0,
        }))
        const give = (): Promise<void | undefined> =>
          this.#ask((redis) => giveLimits(redis, back, callId, second))
        // A place in flight may be waited for, in another process.
        if (wanted.some(({ unit }) => unit === 'concurrency')) await give()
        else if (back.some(({ amount }) => amount !== 0)) this.#giveLater(give)
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

  #giveLater(give: () => Promise<unknown>): void {
    this.#giving.push(() => void give())
    if (this.#giving.length >= MAX_GIVING) this.#give()
    else this.#timer ??= setTimeout(() => this.#give(), GIVE_MS)
  }

  #give(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const give of this.#giving.splice(0)) give()
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
  const need = unit === 'tokens' ? ` This call may use ${amount}.` : ''
  return new CodedError(
    'RATE_LIMITED',
    `The limit of the ${subjectType} ${subjectId} is ${what}.${need}`,
    { details: { budgetId: id, unit, limit: limitAmount, used, needed: amount }, retryAfterMs },
  )
}
