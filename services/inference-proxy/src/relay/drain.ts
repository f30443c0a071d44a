import { setImmediate } from 'node:timers/promises'
import type { Provider } from '../providers/provider.ts'

/** Milliseconds that an answer is read on after its client left. */
const MAX_MS = 30_000
const MAX_BYTES = 4 * 1024 * 1024
/** Answers of one process that are read on at a time. */
const MAX_DRAINS = 32

/** The answers that are read on without a client. */
export class DrainPlaces {
  #taken = 0

  /** False when all are taken. */
  take(): boolean {
    if (this.#taken >= MAX_DRAINS) return false
    this.#taken += 1
    return true
  }

  leave(): void {
    this.#taken -= 1
  }
}

/**
 * Ends a request to a provider when its client leaves, or reads the answer on (`drainOnDisconnect`) until it ends, until 30 s are over, or
 * until it has 4 MiB more. Only the client's own leaving is drained: a key that is no longer valid and a process that ends cancel at once.
 */
export class Drain implements Disposable {
  readonly #controller = new AbortController()
  readonly #client: AbortSignal
  readonly #places: DrainPlaces
  readonly #onLeft: () => void
  #timer: NodeJS.Timeout | undefined
  #bytes = 0

  constructor(client: AbortSignal, { config }: Provider, places: DrainPlaces) {
    this.#client = client
    this.#places = places
    this.#onLeft = () => {
      const { reason } = client as { reason?: { code?: string } }
      const mayDrain = config.drainOnDisconnect === true && reason?.code === 'ABORTED'
      if (!mayDrain || !places.take()) return this.#controller.abort(client.reason)
      this.#timer = setTimeout(() => this.#controller.abort(client.reason), MAX_MS)
      return undefined
    }
    if (client.aborted) this.#onLeft()
    else client.addEventListener('abort', this.#onLeft, { once: true })
  }

  /** Cancels the request at once. */
  cancel(reason: unknown): void {
    this.#controller.abort(reason)
  }

  /** Cancels the request to the provider. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The client has left, and its answer is read on for the ledger. */
  get isDraining(): boolean {
    return this.#timer !== undefined && !this.#controller.signal.aborted
  }

  /** Waits until the client has taken bytes. A client that left meanwhile is no failure while its answer is read on. */
  async given(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      // The connection may be seen to be closed by a write before it reports that it is.
      await setImmediate()
      if (!this.isDraining) throw error
    }
  }

  /** Counts bytes that were read without a client. */
  read(bytes: number): void {
    if (!this.isDraining) return
    this.#bytes += bytes
    if (this.#bytes > MAX_BYTES) this.#controller.abort(this.#client.reason)
  }

  [Symbol.dispose](): void {
    this.#client.removeEventListener('abort', this.#onLeft)
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#places.leave()
  }
}
