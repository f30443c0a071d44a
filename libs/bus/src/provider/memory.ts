import type { Counters } from '../counters.ts'
import type { CheckItem, Frame } from '../wire/frames.ts'
import type { Run } from './run.ts'

/** What is kept of one attempt: `running` while `run` has not ended, then its answer until the caller confirms. */
export interface Remembered {
  readonly call: string
  readonly n: number
  /** The caller's instance. */
  readonly from: string
  /** Absent for attempts refused before they ran. */
  run?: Run
  /** Size of the request. */
  readonly bytes: number
  /** `performance.now()` at which it ended. */
  endedAt?: number
  /** The last frame, to be sent again when asked. Absent when it had to be forgotten. */
  answer?: { readonly frame: Frame; readonly text: string }
  ended: boolean
  /** Its answer was dropped for want of room. */
  forgotten?: true
  /** The caller needs nothing of it any more; forgotten as soon as it has ended. */
  confirmed?: true
}

export interface MemoryLimits {
  readonly maxRemembered: number
  readonly maxRememberedBytes: number
}

interface CallerMemory {
  readonly entries: Set<Remembered>
  /** `performance.now()` of the last request. */
  heardAt: number
}

/** What has ended is kept for this long at most, even if no caller confirms it; no question comes later than this. */
const KEPT_MS = 900_000

/**
 * The attempts that this process was given: the reason why none starts twice. Bounded: beyond `maxRememberedBytes` the oldest
 * answers are dropped (the attempt itself stays known), beyond `maxRemembered` attempts `full` says that no more can be taken.
 */
export class Memory {
  readonly #limits: MemoryLimits
  readonly #counters: Counters
  readonly #byKey = new Map<string, Remembered>()
  readonly #byCaller = new Map<string, CallerMemory>()
  /** Attempts with an answer, oldest first. */
  readonly #answered = new Set<Remembered>()
  #bytes = 0

  constructor(limits: MemoryLimits, counters: Counters) {
    this.#limits = limits
    this.#counters = counters
  }

  get full(): boolean {
    return this.#byKey.size >= this.#limits.maxRemembered
  }

  /** Nearly full: refusals can still be remembered, calls should not be taken. */
  get crowded(): boolean {
    return this.#byKey.size >= this.#limits.maxRemembered * 0.9
  }

  get size(): number {
    return this.#byKey.size
  }

  get(call: string, n: number): Remembered | undefined {
    return this.#byKey.get(`${call}:${n}`)
  }

  add(entry: Remembered): void {
    this.#byKey.set(`${entry.call}:${entry.n}`, entry)
    const heardAt = performance.now()
    const same = this.#byCaller.get(entry.from)
    if (same === undefined) {
      this.#byCaller.set(entry.from, { entries: new Set([entry]), heardAt })
      return
    }
    same.entries.add(entry)
    same.heardAt = heardAt
  }

  /** The attempt has ended, with a last frame unless nobody wants it. */
  end(entry: Remembered, frame?: Frame, text = ''): void {
    entry.ended = true
    entry.endedAt = performance.now()
    if (this.#byKey.get(`${entry.call}:${entry.n}`) !== entry) return
    if (entry.confirmed === true) this.#remove(entry)
    if (entry.confirmed === true || frame === undefined) return
    entry.answer = { frame, text }
    this.#answered.add(entry)
    this.#bytes += text.length + entry.bytes
    for (const oldest of this.#answered) {
      if (this.#bytes <= this.#limits.maxRememberedBytes) return
      this.#counters.answersForgotten++
      this.#dropAnswer(oldest)
      oldest.forgotten = true
      // With the run goes the input, which is only kept for the row that is written when the caller dies.
      delete oldest.run
    }
  }

  /** The caller has the end of these: nothing of them is needed any more. Those still running here stay until they end. */
  confirm(items: readonly CheckItem[] | readonly (readonly [string, number])[]): void {
    for (const [call, n] of items) {
      const entry = this.get(call, n)
      if (entry === undefined) continue
      if (entry.ended) this.#remove(entry)
      else entry.confirmed = true
    }
  }

  /** Everything of a caller whose lease is over. */
  takeCaller(from: string): readonly Remembered[] {
    const entries = [...(this.#byCaller.get(from)?.entries ?? [])]
    for (const entry of entries) this.#remove(entry)
    return entries
  }

  /** The instances that something is kept for, and when each was last heard. */
  get callers(): readonly (readonly [from: string, heardAt: number])[] {
    return Array.from(this.#byCaller, ([from, { heardAt }]) => [from, heardAt] as const)
  }

  /** Drops what nobody confirmed for a quarter of an hour. */
  prune(): void {
    const old = performance.now() - KEPT_MS
    for (const entry of this.#byKey.values()) {
      if (entry.endedAt !== undefined && entry.endedAt < old) this.#remove(entry)
    }
  }

  /** Makes room for an attempt that goes on here after it was lost here. */
  forget(entry: Remembered): void {
    this.#remove(entry)
  }

  #remove(entry: Remembered): void {
    this.#dropAnswer(entry)
    this.#byKey.delete(`${entry.call}:${entry.n}`)
    const same = this.#byCaller.get(entry.from)
    same?.entries.delete(entry)
    if (same?.entries.size === 0) this.#byCaller.delete(entry.from)
  }

  #dropAnswer(entry: Remembered): void {
    if (!this.#answered.delete(entry)) return
    this.#bytes -= (entry.answer?.text.length ?? 0) + entry.bytes
    delete entry.answer
  }
}
