import type { RunEvent, StepMode } from './run-log.ts'

/** A call of a step that has not ended. */
export interface OpenCall {
  readonly callId: string
  readonly nodeKey: string
  readonly operationId: string
  readonly mode: StepMode
  readonly retryClass: 'safe' | 'keyed' | 'never'
  /** When it was requested, by the clock that `at` of the events has. */
  readonly at: number
}

/** What the log says of the calls of one step. */
export interface StepFacts {
  readonly attempts: number
  /** Failures that count against `retries`. */
  readonly failures: number
  /** Failures in a row after which nothing had run, and of calls that were lost. */
  readonly unavailable: number
  readonly lost: number
  /** When the first of those in a row was, and when the step may be called again. */
  readonly unavailableSince: number | undefined
  readonly notBefore: number
  /** Number of the effect that is tried: another one after each failure that is certain. */
  readonly effect: number
  readonly callId: string | undefined
}

const NONE: StepFacts = {
  attempts: 0,
  failures: 0,
  unavailable: 0,
  lost: 0,
  unavailableSince: undefined,
  notBefore: 0,
  effect: 1,
  callId: undefined,
}

/**
 * What the log says of the calls of a run beyond the statuses of its steps: which are open, how often they failed in which way, and from when on a
 * step may be called again. It follows from the events and their times alone.
 */
export class CallFacts {
  readonly #open = new Map<string, OpenCall>()
  readonly #steps = new Map<string, StepFacts>()
  readonly #nodeOf = new Map<string, string>()

  get open(): readonly OpenCall[] {
    return [...this.#open.values()]
  }

  /** A call that has not ended. */
  openCall(callId: string): OpenCall | undefined {
    return this.#open.get(callId)
  }

  of(nodeKey: string): StepFacts {
    return this.#steps.get(nodeKey) ?? NONE
  }

  /** The step of an event; undefined for one that is of several. */
  nodeOf(event: RunEvent): string | undefined {
    if ('nodeKey' in event && event.nodeKey !== undefined) return event.nodeKey
    return 'requestId' in event ? this.#nodeOf.get(event.requestId) : undefined
  }

  /** Takes in an event of the log, which happened at `at` milliseconds. */
  add(event: RunEvent, at: number): void {
    if (event.type === 'node.retried') {
      // The failures before count no more: only the effect goes on.
      for (const key of event.nodeKeys) {
        const { attempts, effect, callId } = this.of(key)
        this.#steps.set(key, { ...NONE, attempts, effect, callId })
      }
      return
    }
    if (event.type === 'call.requested') this.#request(event, at)
    else if ('requestId' in event) {
      this.#open.delete(event.requestId)
      const node = this.#nodeOf.get(event.requestId)
      if (node !== undefined && event.type === 'call.error')
        this.#steps.set(node, afterError(this.of(node), event, at))
    }
  }

  #request(event: RunEvent & { readonly type: 'call.requested' }, at: number): void {
    const { requestId: callId, nodeKey = event.operationId, operationId } = event
    this.#nodeOf.set(callId, nodeKey)
    const facts = this.of(nodeKey)
    this.#steps.set(nodeKey, { ...facts, attempts: facts.attempts + 1, callId })
    this.#open.set(callId, {
      callId,
      nodeKey,
      operationId,
      mode: event.mode ?? 'call',
      retryClass: event.class ?? 'never',
      at,
    })
  }
}

function afterError(facts: StepFacts, event: RunEvent, at: number): StepFacts {
  const { ran = 'unknown', delayMs = 0 } = event
  const retry = 'retry' in event ? event.retry : undefined
  const next = { ...facts, notBefore: at + delayMs }
  if (retry !== 'always')
    return {
      ...next,
      failures: facts.failures + 1,
      unavailable: 0,
      lost: 0,
      unavailableSince: undefined,
      effect: ran === 'unknown' ? facts.effect : facts.effect + 1,
    }
  if (ran === 'no')
    return {
      ...next,
      unavailable: facts.unavailable + 1,
      unavailableSince: facts.unavailableSince ?? at,
    }
  return { ...next, lost: facts.lost + 1 }
}
