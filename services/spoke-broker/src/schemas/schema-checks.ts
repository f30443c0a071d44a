import { CallError } from '@alkdev/operations'
import type { ValidationFailure } from '@alkdev/operations'
import { SchemaThread } from './schema-thread.ts'
import type { SchemaQuestion } from './schema-thread.ts'

interface Job {
  readonly group: string
  readonly question: SchemaQuestion
  readonly done: PromiseWithResolvers<readonly ValidationFailure[]>
}

/** Threads. One group occupies one of them, so that the others stay available. */
const THREADS = 3
const MAX_WAITING = 1024
/** Of one group, so that it can't fill the queue for all. */
const MAX_WAITING_OF_GROUP = 512
/** Milliseconds of processor time for one schema; the largest realistic schemas take a few hundred. */
const DEADLINE_MS = 10_000
/** Milliseconds of wall-clock time for one schema. A busy machine gives the thread less processor time than that. */
const MAX_WAIT_MS = 60_000

/**
 * Checks schemas that are too expensive for the event loop (`isExpensive`) in threads; each account has one check at a time and accounts take turns, so hostile schemas
 * of one account do not delay the others. Calls of an account do not wait for its registrations. A schema that takes more than 10 s of processor
 * time counts as one that does not compile. OVERLOADED: a check that has not had this time after a minute, because the machine is busy, and
 * checks that wait beyond 512 of an account, or 1,024 in total.
 */
export class SchemaChecks implements AsyncDisposable {
  readonly #threads = Array.from({ length: THREADS }, () => new SchemaThread())
  /** By group, in the order of their turns. */
  readonly #waiting = new Map<string, Job[]>()
  readonly #running = new Set<string>()
  #size = 0
  #closed = false
  /** Milliseconds of processor time for the next schema; tests set less. */
  deadlineMs = DEADLINE_MS
  /** Milliseconds of wall-clock time for the next schema. */
  maxWaitMs = MAX_WAIT_MS

  /** The faults of a schema of an account, each with its path inside it; empty when it compiles. */
  schema(accountId: string, schema: unknown): Promise<readonly ValidationFailure[]> {
    return this.#ask(`${accountId} registers`, { schema })
  }

  /** Where the value of a call does not fit the schema of an account's operation; empty when it fits. */
  value(accountId: string, schema: unknown, value: unknown): Promise<readonly ValidationFailure[]> {
    return this.#ask(`${accountId} is called`, { schema, value: { of: value } })
  }

  async close(): Promise<void> {
    this.#closed = true
    const error = new CallError('UNAVAILABLE', 'This instance is stopping.')
    for (const { done } of [...this.#waiting.values()].flat()) done.reject(error)
    this.#waiting.clear()
    this.#size = 0
    await Promise.all(this.#threads.map((thread) => thread.close(error)))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #ask(group: string, question: SchemaQuestion): Promise<readonly ValidationFailure[]> {
    const done = Promise.withResolvers<readonly ValidationFailure[]>()
    const jobs = this.#waiting.get(group) ?? []
    if (this.#closed) done.reject(new CallError('UNAVAILABLE', 'This instance is stopping.'))
    else if (this.#size >= MAX_WAITING || jobs.length >= MAX_WAITING_OF_GROUP)
      done.reject(
        new CallError('OVERLOADED', 'Too many large schemas wait to be checked.', undefined, {
          retryAfterMs: 1000,
        }),
      )
    else {
      this.#waiting.set(group, [...jobs, { group, question, done }])
      this.#size += 1
      this.#next()
    }
    return done.promise
  }

  #next(): void {
    for (const thread of this.#threads) {
      if (thread.busy) continue
      const job = this.#closed ? undefined : this.#take()
      if (job === undefined) return
      void this.#run(thread, job)
    }
  }

  /** The oldest job of the next group that has no check in progress. */
  #take(): Job | undefined {
    for (const [group, [job, ...rest]] of this.#waiting) {
      if (this.#running.has(group) || job === undefined) continue
      // Moves the group to the end: Map keeps the order of insertion.
      this.#waiting.delete(group)
      if (rest.length > 0) this.#waiting.set(group, rest)
      this.#size -= 1
      return job
    }
    return undefined
  }

  /** Never rejects. */
  async #run(thread: SchemaThread, { group, question, done }: Job): Promise<void> {
    this.#running.add(group)
    try {
      done.resolve(await thread.ask(question, this))
    } catch (error) {
      done.reject(error)
    } finally {
      this.#running.delete(group)
      this.#next()
    }
  }
}
