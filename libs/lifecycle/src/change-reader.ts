import { sleep } from '@alkdev/std'

/** One entry of the identity change list: keys, accounts, memberships, organizations, roles or grants that changed. */
export interface IdentityChange {
  readonly number: number
  readonly kind: string
  readonly subjectIds: readonly string[]
}

export interface ChangeReaderOptions {
  /** Entries after `since`, in order, at most a page; undefined when the list no longer reaches back that far. */
  readSince(since: number, signal: AbortSignal): Promise<readonly IdentityChange[] | undefined>
  /** Number of the newest entry. */
  newest(signal: AbortSignal): Promise<number>
  /** Called in order; after it has returned the change is known here. */
  apply(change: IdentityChange): void
  /** Entries were missed: everything that was cached is unknown. */
  reset(): void
  onError?(error: unknown): void
  onGood?(): void
  /** Milliseconds between two readings. Default 400. */
  readonly everyMs?: number
  /** Age in milliseconds beyond which what is cached counts as unknown. Default 1000. */
  readonly staleMs?: number
}

/** Reads the change list in the background, so that what a process caches of identities is at most a second old. */
export interface ChangeReader {
  /** Reads the position of the list; throws when Postgres is away. */
  start(): Promise<void>
  /** Reads now instead of at the next turn: a hint that something changed. */
  hasten(): void
  stop(): Promise<void>
  /** True while the last good reading is young enough to rely on. */
  readonly fresh: boolean
  /** Rises with every change applied here. Who looks something up compares it before he caches what he found. */
  readonly generation: number
  /** Milliseconds since the last good reading began. */
  readonly ageMs: number
}

/**
 * The reader of the change list. Its clock starts when a reading begins, not when it ends: what was committed after that may
 * not be in it. A reading that fails is repeated at the next turn; meanwhile the list grows stale and its user stops trusting
 * his cache.
 */
export function createChangeReader(options: ChangeReaderOptions): ChangeReader {
  const everyMs = options.everyMs ?? 400
  const staleMs = options.staleMs ?? 1000
  const stopped = new AbortController()
  let position = 0
  let generation = 0
  let goodSince = Number.NEGATIVE_INFINITY
  let wake = new AbortController()
  let loop: Promise<void> | undefined

  async function readOnce(): Promise<void> {
    const begunAt = performance.now()
    // A reading that hangs must not keep the next one waiting for long.
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(staleMs)])
    let page = await options.readSince(position, signal)
    while (page !== undefined && page.length > 0) {
      for (const change of page) {
        generation += 1
        options.apply(change)
        position = change.number
      }
      page = await options.readSince(position, signal)
    }
    if (page === undefined) {
      position = await options.newest(signal)
      generation += 1
      options.reset()
    }
    goodSince = begunAt
    options.onGood?.()
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await sleep(everyMs, AbortSignal.any([stopped.signal, wake.signal]))
      } catch {
        if (stopped.signal.aborted) return
        wake = new AbortController()
      }
      try {
        await readOnce()
      } catch (error) {
        if (!stopped.signal.aborted) options.onError?.(error)
      }
    }
  }

  return {
    async start() {
      const begunAt = performance.now()
      position = await options.newest(stopped.signal)
      goodSince = begunAt
      loop = run()
    },
    hasten() {
      wake.abort(new Error('hastened'))
    },
    async stop() {
      stopped.abort(new Error('stopped'))
      await loop
    },
    get fresh() {
      return performance.now() - goodSince <= staleMs
    },
    get generation() {
      return generation
    },
    get ageMs() {
      return performance.now() - goodSince
    },
  }
}
