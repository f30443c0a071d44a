import type { ServiceRuntime } from '@alkdev/service'
import { findEndedQueuedCalls } from '@alkdev/storage/queue'
import type { Db } from '@alkdev/storage'

/** Milliseconds between two queries for all calls that are waited for. */
const LOOK_MS = 250

/**
 * The waits for the end of queued calls in this process. Calls that this process ends resolve their waits at once; one query for all
 * waits finds those that other processes end.
 */
export class QueueWaiters {
  readonly #db: Db
  readonly #logger: ServiceRuntime['logger']
  readonly #waiting = new Map<string, Set<() => void>>()
  #isScheduled = false

  constructor(db: Db, logger: ServiceRuntime['logger']) {
    this.#db = db
    this.#logger = logger
  }

  /** Resolves when the call has ended or `timeoutMs` has passed. Rejects when the signal aborts. */
  async wait(callId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(callId) ?? new Set()
    this.#waiting.set(callId, waiting)
    waiting.add(resolve)
    const timer = setTimeout(resolve, timeoutMs)
    const onAbort = (): void => reject(signal?.reason as Error)
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#schedule()
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      waiting.delete(resolve)
      if (waiting.size === 0 && this.#waiting.get(callId) === waiting) this.#waiting.delete(callId)
    }
  }

  /** A call has ended here. */
  onEnded(callId: string): void {
    for (const resolve of this.#waiting.get(callId) ?? []) resolve()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setTimeout(() => void this.#look(), LOOK_MS).unref()
  }

  async #look(): Promise<void> {
    try {
      const ended = await findEndedQueuedCalls(this.#db, [...this.#waiting.keys()])
      for (const callId of ended) this.onEnded(callId)
    } catch (error) {
      this.#logger.debug({ err: error }, 'ended queued calls could not be read')
    }
    this.#isScheduled = false
    if (this.#waiting.size > 0) this.#schedule()
  }
}
