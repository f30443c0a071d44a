import { Worker } from 'node:worker_threads'
import { CodedError } from '@alkdev/errors'
import { killGroups } from '../shell/process-groups.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'

const checkMs = 500
/** Milliseconds for the thread to load its modules. */
const maxStartMs = 60_000
/** The heap of the thread. Beyond it the thread ends, not the process. */
const heapMib = 512

export interface WorkerLinkOptions {
  readonly start: WorkerStart
  /** Milliseconds without a sign of the thread after which it is ended. */
  readonly maxBlockedMs: number
  readonly onMessage: (message: FromWorker) => void
  /** The thread has ended, for whatever reason. Called once. */
  readonly onEnd: (error: CodedError) => void
}

/** One thread that runs operations, and the watch over it: it must answer a ping. */
export class WorkerLink {
  readonly #worker: Worker
  readonly #options: WorkerLinkOptions
  /** Process groups that run, and the marks of their processes. */
  readonly #groups = new Map<number, string>()
  readonly #timer: NodeJS.Timeout
  #askedAt: number | undefined
  #answered = false
  #checkedAt = performance.now()
  #ended: CodedError | undefined
  #killed: Promise<void> | undefined

  constructor(options: WorkerLinkOptions) {
    this.#options = options
    // The file's own ending: `.ts` in the sources, `.js` where it is installed.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#worker = new Worker(new URL(`./operations-worker.${ending}`, import.meta.url), {
      name: 'alkdev-dev-spoke-operations',
      workerData: options.start,
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMib },
    })
    this.#worker.on('message', (message: FromWorker) => this.#take(message))
    this.#worker.on('error', (cause) => this.#end('failed', cause))
    this.#worker.on('exit', () => this.#end('failed'))
    this.#timer = setInterval(() => this.#check(), checkMs)
  }

  /** Why the thread has ended, once it has. */
  get ended(): CodedError | undefined {
    return this.#ended
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message, [])
  }

  /** Ends the thread and every process group that it started. */
  async close(): Promise<void> {
    this.#end('closed')
    await Promise.all([this.#worker.terminate(), this.#killed])
  }

  #take(message: FromWorker): void {
    if (this.#ended) return
    this.#askedAt = undefined
    this.#answered = true
    if (message.is === 'group') {
      if (message.running) this.#groups.set(message.pid, message.mark)
      else this.#groups.delete(message.pid)
    } else if (message.is !== 'pong') this.#options.onMessage(message)
  }

  #check(): void {
    const now = performance.now()
    // This thread was blocked itself (a stopped process, a sleeping machine): the other one could not answer either.
    if (now - this.#checkedAt > checkMs * 3) this.#askedAt = undefined
    this.#checkedAt = now
    if (this.#askedAt === undefined) {
      this.#askedAt = now
      this.post({ do: 'ping' })
    } else {
      const most = this.#answered ? this.#options.maxBlockedMs : maxStartMs
      if (now - this.#askedAt > most) this.#end('blocked')
    }
  }

  #end(why: 'blocked' | 'failed' | 'closed', cause?: unknown): void {
    if (this.#ended) return
    const error = endOf(why, this.#options.maxBlockedMs, cause)
    this.#ended = error
    clearInterval(this.#timer)
    void this.#worker.terminate()
    const groups = [...this.#groups].map(([pid, id]) => ({ pid, id }))
    this.#killed = killGroups(groups).catch(() => undefined)
    this.#options.onEnd(error)
  }
}

function endOf(
  why: 'blocked' | 'failed' | 'closed',
  maxBlockedMs: number,
  cause: unknown,
): CodedError {
  const happened = {
    blocked: `did not respond for ${maxBlockedMs / 1000} s and was ended`,
    failed: 'failed',
    closed: 'was closed',
  }[why]
  return new CodedError(
    'EXECUTION_ERROR',
    `The thread that runs the operations of the spoke ${happened}. Whether this call had an effect is unknown.`,
    { details: { outcome: 'unknown', reason: why }, cause },
  )
}
