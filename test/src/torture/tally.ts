export type Kind = 'safe' | 'once' | 'build' | 'items'

/** How a call ended for its caller. */
export interface Ended {
  readonly kind: Kind
  /** `ok`, `left` (the caller went away), or the code of its error. */
  readonly end: string
  readonly ms: number
  readonly callId?: string | undefined
}

/** Codes that promise that nothing ran. */
const PROMISES = new Set(['PROVIDER_UNAVAILABLE', 'OVERLOADED', 'OPERATION_NOT_FOUND'])

/** Counts how calls end. */
export class Tally {
  made = 0
  /** Calls that had not ended long after their time was over. */
  unanswered = 0
  /** Answers that are not the one to the question. */
  wrong = 0
  readonly ends = new Map<string, number>()
  /** Ids of calls whose error says that nothing ran. */
  readonly promised: string[] = []
  #slowestMs = 0

  get ended(): number {
    return [...this.ends.values()].reduce((sum, count) => sum + count, 0)
  }

  get slowestMs(): number {
    return Math.round(this.#slowestMs)
  }

  add({ end, ms, callId }: Ended): void {
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1)
    this.#slowestMs = Math.max(this.#slowestMs, ms)
    if (callId !== undefined && PROMISES.has(end)) this.promised.push(callId)
  }
}
