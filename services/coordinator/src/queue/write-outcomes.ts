import { CodedError } from '@alkdev/errors'
import { releaseQueuedCall, settleQueuedCalls } from '@alkdev/storage/queue'
import type { ClaimedCall, ClaimEnd } from '@alkdev/storage/queue'
import type { Db } from '@alkdev/storage'
import { GroupWrites } from './group-writes.ts'
import type { AttemptOutcome } from './run-attempt.ts'

/** Ends of one statement, and their results in characters. */
const MAX_TOGETHER = 64
const MAX_TOGETHER_CHARS = 4 * 1024 * 1024
const MAX_STATEMENTS = 2
/** More than one coordinator can run (`queue.concurrency`). */
const MAX_WAITING = 20_000

/** Writes outcomes of attempts. The ends of calls that end at about the same time share a statement and a commit. */
export class OutcomeWriter {
  readonly #db: Db
  readonly #together: GroupWrites<ClaimEnd, boolean>

  constructor(db: Db) {
    this.#db = db
    this.#together = new GroupWrites({
      write: (ends) => settleQueuedCalls(db, ends),
      sizeOf: ({ end }) => (end.status === 'completed' ? end.envelope.length : 0),
      maxItems: MAX_TOGETHER,
      maxSize: MAX_TOGETHER_CHARS,
      maxWrites: MAX_STATEMENTS,
      maxWaiting: MAX_WAITING,
    })
  }

  /** False when the claim is lost: another process decides. */
  write(claim: ClaimedCall, outcome: AttemptOutcome): Promise<boolean> {
    switch (outcome.kind) {
      case 'completed':
        return this.#settle({ claim, end: { status: 'completed', envelope: outcome.envelope } })
      case 'end':
        return this.#settle({ claim, end: outcome })
      default:
        return releaseQueuedCall(this.#db, claim, outcome)
    }
  }

  async #settle(end: ClaimEnd): Promise<boolean> {
    try {
      return await this.#together.add(end)
    } catch (error) {
      if (CodedError.from(error).code === 'UNAVAILABLE') throw error
      // A value of one of the ends was refused.
      const [isWritten = false] = await settleQueuedCalls(this.#db, [end])
      return isWritten
    }
  }
}
