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

const MEMORY_MB = 256

/** A thread that answers one question at a time. It starts with the first one, and again after one that it did not survive. */
export class SchemaThread {
  #worker: Worker | undefined
  #asked: PromiseWithResolvers<readonly ValidationFailure[]> | undefined

  get busy(): boolean {
    return this.#asked !== undefined
  }

  /**
   * What is wrong. A schema for which it takes longer than `deadlineMs` counts as one that does not compile, and ends the thread: nothing else stops a
   * compilation. Rejects with OVERLOADED when the thread breaks, for instance for lack of memory.
   */
  async ask(question: SchemaQuestion, deadlineMs: number): Promise<readonly ValidationFailure[]> {
    const asked = Promise.withResolvers<readonly ValidationFailure[]>()
    this.#asked = asked
    const timer = setTimeout(() => {
      this.#drop()
      asked.resolve([{ path: '', message: 'takes too long to be compiled' }])
    }, deadlineMs)
    try {
      this.#worker ??= this.#start()
      this.#worker.postMessage(question, [])
      return await asked.promise
    } finally {
      clearTimeout(timer)
      this.#asked = undefined
    }
  }

  async close(error: CallError): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#asked?.reject(error)
    await worker?.terminate()
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
      if (this.#worker === worker) this.#asked?.resolve(failures)
    })
    worker.on('error', (cause) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      const message = 'A large schema could not be checked.'
      this.#asked?.reject(
        new CallError('OVERLOADED', message, undefined, { cause, retryAfterMs: 1000 }),
      )
    })
    return worker
  }

  #drop(): void {
    void this.#worker?.terminate()
    this.#worker = undefined
  }
}
