import { MAX_COMPARISON_STEPS } from './limits.ts'

/** How much the comparisons for one question may do together. What is undecided when nothing is left counts as an overlap. */
export class ComparisonSteps {
  #left: number

  constructor(limit: number = MAX_COMPARISON_STEPS) {
    this.#left = limit
  }

  /** False when not as many were left. */
  take(count: number): boolean {
    this.#left -= count
    return this.#left >= 0
  }
}
