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
  /** The last frame, to be sent again when asked. Absent when it had to be forgotten. */
  answer?: { readonly frame: Frame; readonly text: string }
  ended: boolean
  /** The caller needs nothing of it any more; forgotten as soon as it has ended. */
  confirmed?: true
}

export interface MemoryLimits {
  readonly maxRemembered: number
  readonly maxRememberedBytes: number
}

/**
 * The attempts that this process was given: the reason why none starts twice. Bounded: beyond `maxRememberedBytes` the oldest
 * answers are dropped (the attempt itself stays known), beyond `maxRemembered` attempts `full` says that no more can be taken.
 */
export class Memory {
  readonly #limits: MemoryLimits
  readonly #counters: Counters
  readonly #byKey = new Map<string, Remembered>()
  readonly #byCaller = new Map<string, Set<Remembered>>()
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

  get size(): number {
    return this.#byKey.size
  }

  get(call: string, n: number): Remembered | undefined {
    return this.#byKey.get(`${call}:${n}`)
  }

  add(entry: Remembered): void {
    this.#byKey.set(`${entry.call}:${entry.n}`, entry)
    const same = this.#byCaller.get(entry.from)
    if (same === undefined) this.#byCaller.set(entry.from, new Set([entry]))
    else same.add(entry)
  }

  /** The attempt has ended, with a last frame unless nobody wants it. */
  end(entry: Remembered, frame?: Frame, text = ''): void {
    entry.ended = true
    if (this.#byKey.get(`${entry.call}:${entry.n}`) !== entry) return
    if (entry.confirmed === true) this.#remove(entry)
    if (entry.confirmed === true || frame === undefined) return
    entry.answer = { frame, text }
    this.#answered.add(entry)
    this.#bytes += text.length
    for (const oldest of this.#answered) {
      if (this.#bytes <= this.#limits.maxRememberedBytes) return
      this.#counters.answersForgotten++
      this.#dropAnswer(oldest)
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
    const entries = [...(this.#byCaller.get(from) ?? [])]
    for (const entry of entries) this.#remove(entry)
    return entries
  }

  get callers(): readonly string[] {
    return [...this.#byCaller.keys()]
  }

  #remove(entry: Remembered): void {
    this.#dropAnswer(entry)
    this.#byKey.delete(`${entry.call}:${entry.n}`)
    const same = this.#byCaller.get(entry.from)
    same?.delete(entry)
    if (same?.size === 0) this.#byCaller.delete(entry.from)
  }

  #dropAnswer(entry: Remembered): void {
    if (!this.#answered.delete(entry)) return
    this.#bytes -= entry.answer?.text.length ?? 0
    delete entry.answer
  }
}
