const MAX_CALLERS = 1000
const MAX_OPERATIONS = 100
/** Each doubling of the calls raises the score by this much, up to `MAX_FACTOR`. */
const PER_DOUBLING = 0.05
const MAX_FACTOR = 1.2

/**
 * How often callers have called operations through this process, for the rank of their searches: the last 1000 callers, and the last 100
 * operations of each. In memory only, because it changes the order of results and nothing else.
 */
export class CallHistory {
  readonly #callers = new Map<string, Map<string, number>>()

  add(callerId: string, operationId: string): void {
    const counts = this.#callers.get(callerId) ?? new Map<string, number>()
    const count = counts.get(operationId) ?? 0
    counts.delete(operationId)
    counts.set(operationId, count + 1)
    dropFirst(counts, MAX_OPERATIONS)
    this.#callers.delete(callerId)
    this.#callers.set(callerId, counts)
    dropFirst(this.#callers, MAX_CALLERS)
  }

  /** The factor of the score of an operation for this caller, from 1 to 1.2; undefined for a caller without calls. */
  factorFor(callerId: string): ((operationId: string) => number) | undefined {
    const counts = this.#callers.get(callerId)
    if (counts === undefined) return undefined
    return (operationId) => {
      const count = counts.get(operationId)
      if (count === undefined) return 1
      return Math.min(MAX_FACTOR, 1 + PER_DOUBLING * Math.log2(1 + count))
    }
  }
}

/** Removes the entry that was set the longest ago, if there are more than `most`. */
function dropFirst(entries: Map<string, unknown>, most: number): void {
  if (entries.size <= most) return
  const first = entries.keys().next()
  if (first.done !== true) entries.delete(first.value)
}
