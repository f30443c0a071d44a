import { CodedError } from '@alkdev/errors'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'

/** Items of one statement. */
const MAX_BATCH = 100

/**
 * Writes items in batches without a delay: one statement runs at a time, and what comes meanwhile goes into the next one. So a single item
 * waits for nothing, and many cost one round trip.
 */
export class OpenLane<T, R> {
  readonly #write: (items: readonly T[]) => Promise<readonly R[]>
  #waiting: { readonly item: T; readonly done: Deferred<R> }[] = []
  #running = false

  /** `write` gives a result for each item. When it rejects for several items, each is written by itself, unless the database was lost (UNAVAILABLE). */
  constructor(write: (items: readonly T[]) => Promise<readonly R[]>) {
    this.#write = write
  }

  /** Rejects when the item could not be written. */
  add(item: T): Promise<R> {
    const done = deferred<R>()
    this.#waiting.push({ item, done })
    if (!this.#running) void this.#run()
    return done.promise
  }

  async #run(): Promise<void> {
    this.#running = true
    // Requests that arrived in the same turn of the loop share a statement.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH)
      // oxlint-disable-next-line no-await-in-loop -- one statement at a time
      await this.#writeBatch(batch)
    }
    this.#running = false
  }

  async #writeBatch(batch: readonly { item: T; done: Deferred<R> }[]): Promise<void> {
    try {
      const results = await this.#write(batch.map(({ item }) => item))
      for (const [at, { done }] of batch.entries()) done.resolve(results[at] as R)
    } catch (error) {
      // An item that may be written already must not be written again: its own row would look like that of another call.
      if (batch.length === 1 || CodedError.from(error).code === 'UNAVAILABLE')
        for (const { done } of batch) done.reject(error)
      // One that the database does not take must not cost the others.
      else for (const one of batch) await this.#writeBatch([one]) // oxlint-disable-line no-await-in-loop
    }
  }
}
