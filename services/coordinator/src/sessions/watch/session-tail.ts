import type { NumberedEvent } from './session-event-views.ts'
import type { Delta } from './delta-stream.ts'

/** Bytes of events that are held for the readers of one session. A reader that is further behind reads from the database. */
const MAX_HELD_BYTES = 1024 * 1024
/** Bytes of the deltas that are held of one step. */
const MAX_DELTA_BYTES = 2 * 1024 * 1024

/** The latest events of a session, and the deltas of the step that runs, for all of its readers in this process. */
export class SessionTail {
  readonly sessionId: string
  /** The number of the latest event. */
  seq: number
  /** The session is not there any more. */
  isDeleted = false
  /** The attempt of a step that runs. */
  stepId: string | undefined
  /** The latest delta of that step. */
  delta = 0
  readers = 0
  #events: NumberedEvent[] = []
  #bytes = 0
  #deltas: Delta[] = []
  #deltaBytes = 0
  #news = Promise.withResolvers<void>()

  constructor(sessionId: string, seq: number) {
    this.sessionId = sessionId
    this.seq = seq
  }

  /** Adds events that follow on those that are held. */
  addEvents(events: readonly NumberedEvent[], upTo: number): void {
    for (const one of events) {
      if (one.seq <= this.seq) continue
      this.#events.push(one)
      this.#bytes += sizeOf(one)
      this.onStepEvent(one.event)
    }
    this.seq = Math.max(this.seq, upTo)
    while (this.#bytes > MAX_HELD_BYTES && this.#events.length > 1)
      this.#bytes -= sizeOf(this.#events.shift() as NumberedEvent)
    this.wake()
  }

  addDeltas(stepId: string, deltas: readonly Delta[]): void {
    if (stepId !== this.stepId || deltas.length === 0) return
    for (const one of deltas) {
      if (one.n <= this.delta) continue
      this.delta = one.n
      if (one.restarts === true) this.#dropDeltas()
      this.#deltas.push(one)
      this.#deltaBytes += one.text.length
    }
    if (this.#deltaBytes > MAX_DELTA_BYTES) this.#dropDeltas()
    this.wake()
  }

  /** Which step runs follows from the events. */
  onStepEvent({ type, stepId }: NumberedEvent['event']): void {
    if (type === 'step.started') {
      this.stepId = stepId
      this.delta = 0
      this.#dropDeltas()
    } else if (
      ((type === 'step.reset' || type === 'message.added') && stepId === this.stepId) ||
      type === 'turn.ended'
    ) {
      this.stepId = undefined
      this.#dropDeltas()
    }
  }

  /** Events after a number; undefined when they are not all held. */
  eventsAfter(seq: number): readonly NumberedEvent[] | undefined {
    if (seq >= this.seq) return []
    const first = this.#events[0]
    if (first === undefined || first.seq > seq + 1) return undefined
    return this.#events.filter((one) => one.seq > seq)
  }

  deltasAfter(stepId: string | undefined, n: number): readonly Delta[] {
    if (stepId === undefined || stepId !== this.stepId) return []
    return this.#deltas.filter((one) => one.n > n)
  }

  /** Resolves when something was added. */
  get news(): Promise<void> {
    return this.#news.promise
  }

  wake(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers<void>()
  }

  #dropDeltas(): void {
    this.#deltas = []
    this.#deltaBytes = 0
  }
}

function sizeOf({ event }: NumberedEvent): number {
  return JSON.stringify(event).length
}
