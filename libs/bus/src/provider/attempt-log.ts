import type { Counters } from '../counters.ts'
import type { AttemptId, Frame, KeptFrame } from '../wire/frames.ts'
import { KeptAnswers } from './kept-answers.ts'
import type { KeptLimits } from './kept-answers.ts'
import type { Run } from './run.ts'

/** The record of one attempt: `running` while `run` has not ended, then its answer until the caller confirms. */
export interface AttemptRecord {
  readonly callId: string
  readonly attempt: number
  /** The caller's instance. */
  readonly from: string
  /** Absent for attempts refused before they ran. */
  run?: Run
  /** Size of the request. */
  readonly bytes: number
  /** `performance.now()` at which it ended. */
  endedAt?: number
  /** The last frame, to be sent again on request. Absent after it was evicted. */
  answer?: { readonly frame: Frame; readonly text: string }
  ended: boolean
  /** Its answer was evicted to free memory. */
  evicted?: true
  /** The caller needs nothing more of it; evicted as soon as it has ended. */
  confirmed?: true
  /** Its answer can be collected: it stays when the caller has it, or is gone. */
  readonly keeps?: boolean
}

export interface AttemptLogLimits extends KeptLimits {
  readonly maxRemembered: number
  readonly maxRememberedBytes: number
}

interface CallerAttempts {
  readonly records: Set<AttemptRecord>
  /** `performance.now()` of the last request. */
  heardAt: number
}

/** Maximum time for which an ended attempt is kept without a confirmation; no check arrives later than this. */
const KEPT_MS = 900_000

/**
 * The attempts that this process received; ensures that none starts twice. Bounded: beyond `maxRememberedBytes` the oldest
 * answers are evicted (the attempt itself stays known), beyond `maxRemembered` attempts `full` reports that no more can be taken.
 */
export class AttemptLog {
  readonly #limits: AttemptLogLimits
  readonly #counters: Counters
  readonly #byKey = new Map<string, AttemptRecord>()
  readonly #byCaller = new Map<string, CallerAttempts>()
  /** Attempts with an answer, oldest first. */
  readonly #answered = new Set<AttemptRecord>()
  readonly #kept: KeptAnswers
  #bytes = 0

  constructor(limits: AttemptLogLimits, counters: Counters) {
    this.#limits = limits
    this.#kept = new KeptAnswers(limits)
    this.#counters = counters
  }

  get full(): boolean {
    return this.#byKey.size >= this.#limits.maxRemembered
  }

  /** Nearly full: refusals can still be recorded, calls should not be taken. */
  get nearCapacity(): boolean {
    return this.#byKey.size >= this.#limits.maxRemembered * 0.9
  }

  get size(): number {
    return this.#byKey.size
  }

  get(callId: string, attempt: number): AttemptRecord | undefined {
    return this.#byKey.get(keyOf(callId, attempt))
  }

  add(record: AttemptRecord): void {
    this.#byKey.set(keyOf(record.callId, record.attempt), record)
    const heardAt = performance.now()
    const same = this.#byCaller.get(record.from)
    if (same === undefined) {
      this.#byCaller.set(record.from, { records: new Set([record]), heardAt })
      return
    }
    same.records.add(record)
    same.heardAt = heardAt
  }

  /** Records an attempt that must never start here, and has no answer. */
  addEnded({ callId, attempt, from }: Pick<AttemptRecord, 'callId' | 'attempt' | 'from'>): void {
    this.add({ callId, attempt, from, bytes: 0, ended: true, endedAt: performance.now() })
  }

  /** The attempt has ended, with a last frame unless the caller needs none. */
  end(record: AttemptRecord, frame?: Frame, text = ''): void {
    record.ended = true
    record.endedAt = performance.now()
    if (this.#byKey.get(keyOf(record.callId, record.attempt)) !== record) return
    if (record.confirmed === true) this.#remove(record)
    if (record.confirmed === true || frame === undefined) return
    record.answer = { frame, text }
    this.#answered.add(record)
    this.#bytes += text.length + record.bytes
    for (const oldest of this.#answered) {
      if (this.#bytes <= this.#limits.maxRememberedBytes) return
      this.#counters.answersForgotten++
      this.#dropAnswer(oldest)
      oldest.evicted = true
      // The input is dropped with the run; it is only kept for the record that is written when the caller dies.
      delete oldest.run
    }
  }

  /** The caller has the end of these: nothing of them is needed any more, except to be collected. Running ones stay until they end. */
  confirm(items: readonly AttemptId[]): void {
    for (const [callId, attempt] of items) {
      const record = this.get(callId, attempt)
      if (record === undefined) continue
      this.#counters.confirmed++
      if (record.ended) this.#onConfirmed(record)
      else record.confirmed = true
    }
  }

  /** Evicts everything of a caller whose lease has ended, except what can be collected. */
  takeCaller(from: string): readonly AttemptRecord[] {
    const records = [...(this.#byCaller.get(from)?.records ?? [])]
    for (const record of records) if (!isCollectable(record)) this.#remove(record)
    this.#byCaller.delete(from)
    return records
  }

  /** Keeps the answer of an attempt whose caller is this process. */
  keep(record: AttemptRecord): void {
    this.#byKey.set(keyOf(record.callId, record.attempt), record)
    this.#keep(record)
  }

  /** The end of a call that can be collected: of its latest attempt here that was not refused. */
  keptOf(callId: string, maxAttempts: number): KeptFrame | undefined {
    for (let attempt = maxAttempts; attempt > 0; attempt -= 1) {
      const record = this.get(callId, attempt)
      const frame = record?.keeps === true ? record.answer?.frame : undefined
      if (frame?.type === 'respond' || frame?.type === 'error' || frame?.type === 'lost')
        return frame
    }
    return undefined
  }

  /** The instances with recorded attempts, and the time of the last message of each. */
  get callers(): readonly (readonly [from: string, heardAt: number])[] {
    return Array.from(this.#byCaller, ([from, { heardAt }]) => [from, heardAt] as const)
  }

  /** Evicts answers that were not confirmed for a quarter of an hour. */
  prune(): void {
    const old = performance.now() - KEPT_MS
    for (const record of this.#byKey.values()) {
      if (record.endedAt !== undefined && record.endedAt < old) this.#remove(record)
    }
  }

  /** Frees the entry of an attempt that continues here after it was lost here. */
  forget(record: AttemptRecord): void {
    this.#remove(record)
  }

  #onConfirmed(record: AttemptRecord): void {
    const { answer } = record
    if (record.keeps !== true || answer === undefined) return this.#remove(record)
    if (record.confirmed === true) return
    this.#dropAnswer(record)
    this.#keep(record, answer)
  }

  #keep(record: AttemptRecord, answer = record.answer): void {
    if (answer !== undefined) record.answer = answer
    record.confirmed = true
    // The input is not needed any more.
    delete record.run
    for (const dropped of this.#kept.add(record)) this.#remove(dropped)
  }

  #remove(record: AttemptRecord): void {
    this.#kept.delete(record)
    this.#dropAnswer(record)
    this.#byKey.delete(keyOf(record.callId, record.attempt))
    const same = this.#byCaller.get(record.from)
    same?.records.delete(record)
    if (same?.records.size === 0) this.#byCaller.delete(record.from)
  }

  #dropAnswer(record: AttemptRecord): void {
    if (!this.#answered.delete(record)) return
    this.#bytes -= (record.answer?.text.length ?? 0) + record.bytes
    delete record.answer
  }
}

/** The id of the call itself for a first attempt, which spares nearly all calls a new text at each look-up. An id contains no colon. */
function keyOf(callId: string, attempt: number): string {
  return attempt === 1 ? callId : `${callId}:${attempt}`
}

function isCollectable({ keeps, run, answer }: AttemptRecord): boolean {
  return keeps === true && (answer !== undefined || (run?.finishes === true && !run.ended))
}
