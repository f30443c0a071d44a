import { Worker } from 'node:worker_threads'
import { CallError } from '@alkdev/operations'
import type { ValidationFailure } from '@alkdev/operations'

/** To the thread: is this a schema, and does the value, if there is one, fit it? */
export interface SchemaQuestion {
  readonly schema: unknown
  readonly value?: { readonly of: unknown }
}

export interface SchemaAnswer {
  readonly failures: readonly ValidationFailure[]
}

interface Job {
  readonly question: SchemaQuestion
  readonly resolve: (failures: readonly ValidationFailure[]) => void
  readonly reject: (error: CallError) => void
}

const MAX_WAITING = 1024
/** Milliseconds for one schema; the largest honest ones take a few hundred, more on a machine that is busy. */
const DEADLINE_MS = 10_000
const MEMORY_MB = 256

/**
 * Checks what is too heavy for the event loop (`isHeavy`) in a thread, one after the other. The thread starts with the first of them. A schema that
 * takes longer than 10 s counts as one that does not compile; beyond 1,024 that wait: OVERLOADED.
 */
export class SchemaChecks implements AsyncDisposable {
  readonly #waiting: Job[] = []
  #worker: Worker | undefined
  #current: Job | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false
  /** Milliseconds for the next schema; tests have less patience. */
  deadlineMs = DEADLINE_MS

  /** What is wrong with the schema, each with its path inside it; empty when it compiles. */
  schema(schema: unknown): Promise<readonly ValidationFailure[]> {
    return this.#ask({ schema })
  }

  /** Where the value does not fit the schema; empty when it fits. */
  value(schema: unknown, value: unknown): Promise<readonly ValidationFailure[]> {
    return this.#ask({ schema, value: { of: value } })
  }

  async close(): Promise<void> {
    this.#closed = true
    const worker = this.#worker
    this.#fail(new CallError('UNAVAILABLE', 'This instance stops.'))
    for (const { reject } of this.#waiting.splice(0))
      reject(new CallError('UNAVAILABLE', 'This instance stops.'))
    await worker?.terminate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #ask(question: SchemaQuestion): Promise<readonly ValidationFailure[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly ValidationFailure[]>()
    if (this.#closed) reject(new CallError('UNAVAILABLE', 'This instance stops.'))
    else if (this.#waiting.length >= MAX_WAITING)
      reject(
        new CallError('OVERLOADED', 'Too many large schemas wait to be checked.', undefined, {
          retryAfterMs: 1000,
        }),
      )
    else {
      this.#waiting.push({ question, resolve, reject })
      this.#next()
    }
    return promise
  }

  #next(): void {
    if (this.#current || this.#closed) return
    const job = this.#waiting.shift()
    if (!job) return
    this.#current = job
    this.#worker ??= this.#start()
    this.#timer = setTimeout(() => {
      // Nothing stops a compilation but the end of its thread.
      this.#drop()
      this.#settle()?.resolve([{ path: '', message: 'takes too long to be compiled' }])
      this.#next()
    }, this.deadlineMs)
    this.#worker.postMessage(job.question, [])
  }

  #start(): Worker {
    const worker = new Worker(new URL('./schema-worker.ts', import.meta.url), {
      name: 'schema-checks',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    })
    // It must not keep a process alive that has stopped.
    worker.unref()
    worker.on('message', ({ failures }: SchemaAnswer) => {
      this.#settle()?.resolve(failures)
      this.#next()
    })
    worker.on('error', (cause) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      const message = 'A large schema could not be checked.'
      this.#fail(new CallError('OVERLOADED', message, undefined, { cause, retryAfterMs: 1000 }))
      this.#next()
    })
    return worker
  }

  #drop(): void {
    void this.#worker?.terminate()
    this.#worker = undefined
  }

  #fail(error: CallError): void {
    this.#settle()?.reject(error)
  }

  #settle(): Job | undefined {
    const job = this.#current
    clearTimeout(this.#timer)
    this.#current = undefined
    return job
  }
}
