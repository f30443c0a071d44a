import type { CallLimit } from './limit-script.ts'
import type { CountedAmount } from './limit-slices.ts'

/** What goes back to limits at once. */
export interface GivenAmounts {
  readonly limits: readonly CallLimit[]
  /** The second in which it was taken. */
  readonly second: number
}

/** What calls have taken of limits of a minute and not used, added up until it is given back: one command for many calls. */
export class UnusedAmounts {
  #bySecond = new Map<number, Map<string, CallLimit>>()
  #calls = 0

  /** Calls whose amounts are here. */
  get calls(): number {
    return this.#calls
  }

  /** What is to be added to limits by one call; negative where less was used than taken. */
  add(amounts: readonly CountedAmount[]): void {
    let isChanged = false
    for (const { limit, second } of amounts) {
      if (limit.amount === 0) continue
      isChanged = true
      let sums = this.#bySecond.get(second)
      if (sums === undefined) this.#bySecond.set(second, (sums = new Map()))
      const amount = limit.amount + (sums.get(limit.redisKey)?.amount ?? 0)
      sums.set(limit.redisKey, { ...limit, amount })
    }
    if (isChanged) this.#calls += 1
  }

  /** All of it, which is here no more. */
  takeAll(): readonly GivenAmounts[] {
    const all = [...this.#bySecond].map(([second, sums]) => ({
      second,
      limits: [...sums.values()],
    }))
    this.#bySecond = new Map()
    this.#calls = 0
    return all
  }
}
