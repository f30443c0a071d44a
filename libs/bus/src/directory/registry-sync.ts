import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RegistrySpoke } from '@alkdev/contracts'
import type { Counters } from '../counters.ts'
import type { BusLogger } from '../options.ts'
import type { RegistrySource } from '../registry-source.ts'
import type { RegistryStore } from './registry-store.ts'

const LOAD_TIMEOUT_MS = 10_000
/** Operations that are applied before the rest of the process has its turn: some milliseconds. */
const OPERATIONS_PER_TURN = 256

export interface RegistrySyncOptions {
  readonly source: RegistrySource
  readonly store: RegistryStore
  readonly reloadMs: number
  readonly counters: Counters
  readonly logger: BusLogger
}

/** Keeps the store at the newest registry change: on announcements, on demand, and every `reloadMs` in case one was lost. */
export class RegistrySync {
  readonly #options: RegistrySyncOptions
  readonly #stop = new AbortController()
  #change = -1
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #goodAt = Number.NEGATIVE_INFINITY

  constructor(options: RegistrySyncOptions) {
    this.#options = options
  }

  get change(): number {
    return this.#change
  }

  /** False when the registry could not be read for three periods. */
  get healthy(): boolean {
    return performance.now() - this.#goodAt < this.#options.reloadMs * 3
  }

  /** The first load; rejects when it fails. */
  async start(): Promise<void> {
    await this.#run(() => this.#loadAll())
    this.#timer = setInterval(
      () => void this.refresh().catch(() => undefined),
      this.#options.reloadMs,
    )
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#stop.abort()
  }

  /** Another instance has committed this change. */
  announced(change: number): void {
    if (change > this.#change) void this.refresh().catch(() => undefined)
  }

  /**
   * Reads new changes once, with a read that starts after this call; concurrent callers share it. Rejects when Postgres does not answer.
   */
  refresh(): Promise<void> {
    if (this.#next !== undefined) return this.#next
    if (this.#running === undefined) return this.#run()
    const next = this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#run()
      })
    this.#next = next
    return next
  }

  #run(load: () => Promise<void> = () => this.#load()): Promise<void> {
    const running = load().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #load(): Promise<void> {
    const { source, counters, logger } = this.#options
    try {
      const since = this.#change
      const news = await source.loadSince(since, this.#signal())
      if (news === undefined) {
        counters.registryGaps++
        await this.#loadAll()
        return
      }
      await this.#apply(news.spokes, news.removedSpokeIds)
      this.#done(news.change)
    } catch (error) {
      counters.registryLoadFailures++
      logger.warn({ err: error }, 'the registry could not be read')
      throw error
    }
  }

  async #loadAll(): Promise<void> {
    const { source, store } = this.#options
    const snapshot = await source.loadAll(this.#signal())
    const kept = new Set(snapshot.spokes.map((spoke) => spoke.spokeId))
    await this.#apply(
      snapshot.spokes,
      store.spokeIds.filter((spokeId) => !kept.has(spokeId)),
    )
    this.#done(snapshot.change)
  }

  /**
   * In slices, between which calls and searches go on. Pools change at the end: until then they are as before, as they were while the registry was
   * read. Rejects when this has been stopped.
   */
  async #apply(spokes: readonly RegistrySpoke[], removed: readonly string[]): Promise<void> {
    const { store } = this.#options
    let operations = 0
    const pause = async (): Promise<void> => {
      operations = 0
      await nextTurn()
      this.#stop.signal.throwIfAborted()
    }
    for (const spokeId of removed) {
      operations += store.remove(spokeId)
      if (operations >= OPERATIONS_PER_TURN) await pause()
    }
    for (const spoke of spokes) {
      store.upsert(spoke)
      operations += 1 + spoke.operations.length
      if (operations >= OPERATIONS_PER_TURN) await pause()
    }
    while (store.settle(OPERATIONS_PER_TURN)) await pause()
  }

  #done(change: number): void {
    this.#options.counters.registryLoads++
    this.#change = Math.max(this.#change, change)
    this.#goodAt = performance.now()
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)])
  }
}
