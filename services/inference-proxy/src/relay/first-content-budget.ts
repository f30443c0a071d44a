import type { IncomingHttpHeaders } from 'node:http'

/** The time until the first content of a stream, which the attempts of a call share. */
export class FirstContentBudget {
  readonly #until: number
  readonly #fairMs: number

  /**
   * `defaultMs`: the time when the header `x-alkhub-first-content-ms` does not name a shorter one. `maxAttempts`: the attempts of a call that may
   * share it.
   */
  constructor(headers: IncomingHttpHeaders, defaultMs: number, maxAttempts: number) {
    const asked = Number(headers['x-alkhub-first-content-ms'] ?? Number.NaN)
    this.#until = performance.now() + (asked >= 1 ? Math.min(asked, defaultMs) : defaultMs)
    this.#fairMs = defaultMs / maxAttempts / 2
  }

  /** Milliseconds. */
  get leftMs(): number {
    return this.#until - performance.now()
  }

  /** The share of the next attempt in milliseconds, when `followers` others may follow it. */
  share(followers: number): number {
    return Math.max(1, this.leftMs / (followers + 1))
  }

  /** Whether a target that brought nothing in this time has failed. Less time, which the client asked for, says nothing about the target. */
  isFair(shareMs: number): boolean {
    return shareMs >= this.#fairMs
  }
}
