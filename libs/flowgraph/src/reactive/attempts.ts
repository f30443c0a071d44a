import { failureOf } from '../schema/call-event.ts'
import type { CallEventMapValue, CallRequested } from '../schema/call-event.ts'
import type { Attempt, StepState } from './step-state.ts'

/** Calls of which something came before their request; more are forgotten, oldest first. */
const MAX_EARLY = 10_000

type FollowUp = Exclude<CallEventMapValue, CallRequested>

/** What became of an event: not new, entered in the log, or put in place of an earlier item of the same stream. */
export type Taken = 'known' | 'new' | 'replaces'

/** Which calls were made for which steps, and what became of them. */
export class Attempts {
  /** Of each step the newest request. */
  readonly nodeKeyToRequestId = new Map<string, string>()
  readonly requestIdToNodeKey = new Map<string, string>()
  readonly #attempts = new Map<string, Attempt>()
  readonly #early = new Map<string, FollowUp[]>()

  has(requestId: string): boolean {
    return this.#attempts.has(requestId)
  }

  /**
   * Notes a request, for a step or for one that there is no more. What came before it is handed back, to be taken in after it.
   */
  request(step: StepState | undefined, event: CallRequested): readonly FollowUp[] {
    const { requestId } = event
    const attempt: Attempt = {
      requestId,
      number: event.attempt ?? newest(step) + 1,
      end: undefined,
      output: undefined,
      error: undefined,
      retry: undefined,
      seq: 0,
      itemAt: -1,
      seen: new Set(),
    }
    const key = step?.key ?? event.nodeKey ?? event.operationId
    this.#attempts.set(requestId, attempt)
    this.requestIdToNodeKey.set(requestId, key)
    step?.attempts.push(attempt)
    if (step !== undefined && attempt.number >= (step.current?.number ?? 0)) {
      step.current = attempt
      this.nodeKeyToRequestId.set(key, requestId)
    }
    const early = this.#early.get(requestId) ?? []
    this.#early.delete(requestId)
    return early
  }

  /** Takes in what follows a request. `logSize` is where the event will stand in the log. */
  follow(event: FollowUp, logSize: number): Taken {
    const attempt = this.#attempts.get(event.requestId)
    if (attempt === undefined) return this.#keepEarly(event)
    if (event.type === 'call.responded' && event.seq !== undefined) {
      return takeItem(attempt, event.output, event.seq, logSize)
    }
    if (attempt.seen.has(event.type)) return 'known'
    attempt.seen.add(event.type)
    if (attempt.end === undefined) end(attempt, event)
    return 'new'
  }

  /** Where the log has the latest item of a stream. */
  itemPlace(requestId: string): number {
    return this.#attempts.get(requestId)?.itemAt ?? -1
  }

  #keepEarly(event: FollowUp): Taken {
    const known = this.#early.get(event.requestId)
    if (known === undefined) this.#early.set(event.requestId, [event])
    else if (known.some((each) => each.type === event.type)) return 'known'
    else known.push(event)
    if (this.#early.size > MAX_EARLY) {
      const [oldest] = this.#early.keys()
      if (oldest !== undefined) this.#early.delete(oldest)
    }
    return 'known'
  }
}

function takeItem(attempt: Attempt, output: unknown, seq: number, logSize: number): Taken {
  if (attempt.end !== undefined || seq <= attempt.seq) return 'known'
  attempt.seq = seq
  attempt.output = output
  if (attempt.itemAt !== -1) return 'replaces'
  attempt.itemAt = logSize
  return 'new'
}

function end(attempt: Attempt, event: FollowUp): void {
  switch (event.type) {
    case 'call.responded':
      attempt.end = 'completed'
      attempt.output = event.output
      return
    case 'call.completed':
      attempt.end = 'completed'
      attempt.output = event.output ?? attempt.output
      return
    case 'call.error':
      attempt.end = 'failed'
      attempt.error = failureOf(event)
      attempt.retry = event.retry
      return
    case 'call.aborted':
      attempt.end = 'aborted'
      if (event.reason !== undefined) attempt.error = { code: 'ABORTED', message: event.reason }
      return
    default:
      event satisfies never
  }
}

/** The number of the newest attempt; 0 before the first. */
export function newest(step: StepState | undefined): number {
  return step?.attempts.reduce((most, each) => Math.max(most, each.number), 0) ?? 0
}
