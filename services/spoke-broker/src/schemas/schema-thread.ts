import { Worker } from 'node:worker_threads'
import { CallError } from '@alkdev/operations'
import type { ValidationFailure } from '@alkdev/operations'
import { sleep } from '@alkdev/std'

/** A message to the thread: is this a schema, and does the value, if there is one, fit it? */
export interface SchemaQuestion {
  readonly schema: unknown
  readonly value?: { readonly of: unknown }
}

export interface SchemaAnswer {
  readonly failures: readonly ValidationFailure[]
}

export interface ThreadLimits {
  /** Milliseconds of processor time. */
  readonly deadlineMs: number
  /** Milliseconds of wall-clock time. */
  readonly maxWaitMs: number
}

const MEMORY_MB = 256
const MIN_LOOK_MS = 50

function overloaded(message: string, cause?: unknown): CallError {
  return new CallError('OVERLOADED', message, undefined, { cause, retryAfterMs: 1000 })
}

/** Milliseconds of processor time that the thread has used; 0 for one that has ended. */
async function usedMs(worker: Worker): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage()
    return (user + system) / 1000
  } catch {
    return 0
  }
}

/** A thread that processes one check at a time. It starts with the first check, and again after a check that ended it. */
export class SchemaThread {
  #worker: Worker | undefined
  #asked: PromiseWithResolvers<readonly ValidationFailure[]> | undefined

  get busy(): boolean {
    return this.#asked !== undefined
  }

  /**
   * The faults found. A schema that takes more than `deadlineMs` of processor time counts as one that does not compile, and ends the thread, since nothing
   * else stops a compilation. Rejects with OVERLOADED when the thread fails, for instance for lack of memory, and when it has not had that processor time
   * after `maxWaitMs`.
   */
  async ask(question: SchemaQuestion, limits: ThreadLimits): Promise<readonly ValidationFailure[]> {
    const asked = Promise.withResolvers<readonly ValidationFailure[]>()
    this.#asked = asked
    const ended = new AbortController()
    try {
      const worker = (this.#worker ??= this.#start())
      void this.#watch(worker, asked, limits, ended.signal)
      worker.postMessage(question, [])
      return await asked.promise
    } finally {
      ended.abort()
      this.#asked = undefined
    }
  }

  /** Ends a check that takes too long. Never rejects. */
  async #watch(
    worker: Worker,
    asked: PromiseWithResolvers<readonly ValidationFailure[]>,
    { deadlineMs, maxWaitMs }: ThreadLimits,
    ended: AbortSignal,
  ): Promise<void> {
    const startedAt = performance.now()
    const before = await usedMs(worker)
    for (let restMs = deadlineMs; !ended.aborted;) {
      const waitMs = startedAt + maxWaitMs - performance.now()
      if (restMs > 0 && waitMs > 0) {
        // The end of the check ends the sleep.
        await sleep(Math.min(Math.max(restMs, MIN_LOOK_MS), waitMs), ended).catch(() => undefined)
        restMs = deadlineMs - ((await usedMs(worker)) - before)
        continue
      }
      this.#drop()
      if (restMs > 0) asked.reject(overloaded('The check of a large schema got no processor time.'))
      else asked.resolve([{ path: '', message: 'takes too long to compile' }])
      return
    }
  }

  async close(error: CallError): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#asked?.reject(error)
    await worker?.terminate()
  }

  #start(): Worker {
    // Beside this file, or beside the bundle that holds it.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./schema-worker.${ending}`, import.meta.url), {
      name: 'schema-checks',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    })
    // It must not keep a process alive that is stopping.
    worker.unref()
    worker.on('message', ({ failures }: SchemaAnswer) => {
      if (this.#worker === worker) this.#asked?.resolve(failures)
    })
    worker.on('error', (cause) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      this.#asked?.reject(overloaded('A large schema could not be checked.', cause))
    })
    return worker
  }

  #drop(): void {
    void this.#worker?.terminate()
    this.#worker = undefined
  }
}
