export const KINDS = ['safe', 'once', 'build', 'items', 'large'] as const
export type Kind = (typeof KINDS)[number]

/** Characters that a call of the kind `large` carries there and back: more than the bus sends in one message. */
export const LARGE_LENGTH = 80 * 1024

/** What a call of a kind is asked with; what its answers hold is `n`, and all of `pad`. */
export function inputOf(kind: Kind, n: number, ms: number): { n: number; ms: number; pad: string } {
  return { n, ms, pad: kind === 'large' ? 'x'.repeat(LARGE_LENGTH) : '' }
}

/** How a call ended for its caller. */
export interface Ended {
  /** `ok`, `left` (the caller went away), or the code of its error. */
  readonly end: string
  readonly ms: number
}

/** Codes that promise that nothing ran. */
const PROMISES = new Set(['PROVIDER_UNAVAILABLE', 'OVERLOADED', 'OPERATION_NOT_FOUND'])

/** Codes that say that the request is at fault, or the hub; no request of the load is. */
const REFUSALS = new Set([
  'VALIDATION_ERROR',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'CONFLICT',
  'UNKNOWN_ERROR',
])

/** Whether a code, in either case, says that a request or the hub is at fault, and not a server that cannot be reached. */
export function isRefusal(code: string): boolean {
  return REFUSALS.has(code.toUpperCase())
}

/** Counts how calls end. */
export class Tally {
  made = 0
  /** Calls that had not ended long after their time was over. */
  unanswered = 0
  /** Answers that are not the one to the question. */
  wrong = 0
  readonly ends = new Map<string, number>()
  /** Calls of the kind `large` that were answered. */
  large = 0
  /** Errors that came over a WebSocket with the id of their call. */
  errorsOnSockets = 0
  /** Ids of calls whose error says that nothing ran. */
  readonly promised: string[] = []
  #slowestMs = 0

  /** Answers with a code of a refusal; 20 at most. */
  readonly refusals: string[] = []

  /** Calls that were refused, although each is valid. */
  get refused(): number {
    return [...this.ends].reduce((sum, [end, count]) => sum + (isRefusal(end) ? count : 0), 0)
  }

  get ended(): number {
    return [...this.ends.values()].reduce((sum, count) => sum + count, 0)
  }

  get slowestMs(): number {
    return Math.round(this.#slowestMs)
  }

  add({ end, ms }: Ended): void {
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1)
    this.#slowestMs = Math.max(this.#slowestMs, ms)
  }

  /** The text of an error answer. */
  answered(code: string, text: string): void {
    if (isRefusal(code) && this.refusals.length < 20) this.refusals.push(text.slice(0, 1000))
  }

  /** The error of a call, of which some say that nothing ran. */
  failed(code: string, callId: string): void {
    if (PROMISES.has(code)) this.promised.push(callId)
  }
}
