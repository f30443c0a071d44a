import type { AttemptRecord } from './attempt-log.ts'

export interface KeptLimits {
  readonly maxKept: number
  readonly maxKeptBytes: number
}

/**
 * Answers that their callers have received, kept in case the process of the caller ends before it has stored them. Beyond a limit the oldest are
 * dropped: the attempt of a process that is gone is collected within seconds.
 */
export class KeptAnswers {
  readonly #limits: KeptLimits
  /** Oldest first. */
  readonly #records = new Set<AttemptRecord>()
  #bytes = 0

  constructor(limits: KeptLimits) {
    this.#limits = limits
  }

  /** Keeps an answer; returns those for which there is no room now. */
  add(record: AttemptRecord): readonly AttemptRecord[] {
    this.#records.add(record)
    this.#bytes += bytesOf(record)
    const dropped: AttemptRecord[] = []
    const { maxKept, maxKeptBytes } = this.#limits
    for (const oldest of this.#records) {
      if (this.#records.size <= maxKept && this.#bytes <= maxKeptBytes) break
      this.delete(oldest)
      dropped.push(oldest)
    }
    return dropped
  }

  delete(record: AttemptRecord): void {
    if (this.#records.delete(record)) this.#bytes -= bytesOf(record)
  }
}

function bytesOf({ answer }: AttemptRecord): number {
  return answer?.text.length ?? 0
}
