const MAX_ABSENT = 10_000

/**
 * Decides when a missing lease proves that its process is dead. After an outage every process has `graceMs` to renew its lease. An unstable
 * connection must not postpone that without a limit, so an id that is missing while Redis answers for `graceMs` in total is dead too.
 */
export class LeaseExpiry {
  readonly #graceMs: number
  /** For each missing id, the total time that Redis had answered when it was first missing. */
  readonly #missing = new Map<string, number>()
  #graceUntil = 0
  #connectedMs = 0
  #readAt: number | undefined

  constructor(graceMs: number) {
    this.#graceMs = graceMs
  }

  /** The connection to Redis was lost and is back. */
  interrupted(): void {
    this.#readAt = undefined
    this.#graceUntil = performance.now() + this.#graceMs
  }

  /** The leases were read at `at` (`performance.now()`). */
  read(at: number, isPresent: (instanceId: string) => boolean): void {
    if (this.#readAt !== undefined) this.#connectedMs += at - this.#readAt
    this.#readAt = at
    for (const id of this.#missing.keys()) if (isPresent(id)) this.#missing.delete(id)
  }

  /** Is the process of this missing id dead? */
  isExpired(instanceId: string): boolean {
    let since = this.#missing.get(instanceId)
    if (since === undefined) {
      if (this.#missing.size >= MAX_ABSENT) this.#missing.clear()
      since = this.#connectedMs
      this.#missing.set(instanceId, since)
    }
    return performance.now() >= this.#graceUntil || this.#connectedMs - since >= this.#graceMs
  }
}
