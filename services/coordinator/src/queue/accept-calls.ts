import { CallError } from '@alkdev/operations'
import { acceptQueuedCalls, acceptTogether } from '@alkdev/storage/queue'
import type { AcceptedCall, AcceptOptions, AcceptRequest } from '@alkdev/storage/queue'
import type { Db } from '@alkdev/storage'
import { must } from '@alkdev/std'
import { GroupWrites } from './group-writes.ts'

/** Requests of one statement, and their inputs in characters. */
const MAX_TOGETHER = 128
const MAX_TOGETHER_CHARS = 4 * 1024 * 1024
/** Statements at a time: while one is committed, the next one is executed. */
const MAX_STATEMENTS = 2
const MAX_WAITING = 4096

/** Stores single calls. Those of concurrent requests share a statement and a commit; each request has an outcome of its own. */
export class CallAcceptor {
  readonly #db: Db
  readonly #sameInputOf: (accountId: string) => AcceptOptions['isSameInput']
  readonly #together: GroupWrites<AcceptRequest, AcceptedCall | undefined>

  /** `sameInputOf`: compares the inputs of an account. */
  constructor(db: Db, sameInputOf: (accountId: string) => AcceptOptions['isSameInput']) {
    this.#db = db
    this.#sameInputOf = sameInputOf
    this.#together = new GroupWrites({
      write: (requests) => acceptTogether(db, requests),
      sizeOf: ({ call }) => call.input.length,
      maxItems: MAX_TOGETHER,
      maxSize: MAX_TOGETHER_CHARS,
      maxWrites: MAX_STATEMENTS,
      maxWaiting: MAX_WAITING,
    })
  }

  /** Resolves when the call is committed. Throws what `acceptQueuedCalls` throws for it. */
  async accept({ caller, call }: AcceptRequest): Promise<AcceptedCall> {
    const accepted = await this.#together.add({ caller, call }).catch((error: unknown) => {
      // The database is unreachable; else a value of one of the requests was refused.
      if (CallError.from(error).code === 'UNAVAILABLE') throw error
      return undefined
    })
    if (accepted !== undefined) return accepted
    const [alone] = await acceptQueuedCalls(this.#db, caller, [call], {
      isSameInput: this.#sameInputOf(caller.accountId),
    })
    return must(alone)
  }
}
