import { CallError } from '@alkdev/operations'
import { sharedNow } from '@alkdev/std'
import type { WaitingSignal } from '@alkdev/storage/workflows'
import type { StepWait } from './built-in-steps.ts'
import type { OpenCall } from './step-facts.ts'

interface Waiting {
  readonly open: OpenCall
  readonly wait: StepWait
}

export interface WaitEnd {
  readonly open: OpenCall
  readonly output: unknown
  readonly error: CallError | undefined
}

/** The built-in steps of a run that wait. Times in milliseconds by the monotonic clock. */
export class StepWaits {
  readonly #waiting = new Map<string, Waiting>()
  readonly #ended: WaitEnd[] = []
  /** Sent events that a step has taken, to be deleted with the write that logs it. */
  readonly #taken = new Set<string>()
  #taking: string[] = []
  /** From the monotonic clock to that of the database. */
  #offsetMs = sharedNow() - performance.now()

  /** The names of the events that are waited for. */
  get events(): readonly string[] {
    const names = [...this.#waiting.values()].map(({ wait }) =>
      wait.kind === 'event' ? wait.event : undefined,
    )
    return [...new Set(names.filter((name) => name !== undefined))]
  }

  /** Ids of the approvals that are waited for. */
  get approvals(): readonly string[] {
    return [...this.#waiting.values()]
      .filter(({ wait }) => wait.kind === 'approval')
      .map(({ open }) => open.callId)
  }

  /** When the first wait ends by time. */
  get dueAt(): number | undefined {
    if (this.#ended.length > 0) return 0
    const times = [...this.#waiting.values()].map((waiting) => this.#endOf(waiting))
    const first = Math.min(...times)
    return Number.isFinite(first) ? first : undefined
  }

  setClock(offsetMs: number): void {
    this.#offsetMs = offsetMs
  }

  add(open: OpenCall, wait: StepWait): void {
    this.#waiting.set(open.callId, { open, wait })
  }

  remove(callId: string): void {
    this.#waiting.delete(callId)
  }

  /** Gives an event to the step that has waited for it for longest. An event that no step waits for stays where it is. */
  onSignal({ id, name, data }: WaitingSignal): void {
    if (this.#taken.has(id)) return
    const found = [...this.#waiting.values()].find(
      ({ wait }) => wait.kind === 'event' && wait.event === name,
    )
    if (found === undefined) return
    this.#taken.add(id)
    this.#taking.push(id)
    this.#waiting.delete(found.open.callId)
    this.#ended.push({ open: found.open, output: JSON.parse(data) as unknown, error: undefined })
  }

  /** An approval has ended: it was answered, or its default counts. */
  onApproval(approvalId: string, output: unknown): void {
    const found = this.#waiting.get(approvalId)
    if (found === undefined) return
    this.#waiting.delete(approvalId)
    this.#ended.push({ open: found.open, output, error: undefined })
  }

  /** The ids of events that were taken since the last time. */
  takeSignals(): readonly string[] {
    const taking = this.#taking
    this.#taking = []
    return taking
  }

  /** The waits that have ended, with their steps. */
  takeDue(now: number): readonly WaitEnd[] {
    for (const [callId, waiting] of this.#waiting) {
      if (this.#endOf(waiting) > now) continue
      this.#waiting.delete(callId)
      this.#ended.push(timedOut(waiting))
    }
    return this.#ended.splice(0)
  }

  #endOf({ open, wait }: Waiting): number {
    if (wait.kind === 'approval') return Infinity
    if (wait.kind === 'event') return open.at + (wait.timeoutMs ?? Infinity)
    if (wait.until !== undefined) return Date.parse(wait.until) - this.#offsetMs
    return open.at + (wait.ms ?? 0)
  }
}

function timedOut({ open, wait }: Waiting): WaitEnd {
  if (wait.kind !== 'event') return { open, output: {}, error: undefined }
  const message = `The event "${wait.event}" did not come in time.`
  return { open, output: undefined, error: new CallError('TIMEOUT', message) }
}
