import { sleep } from '@alkdev/std'

/** One entry of the identity change list: keys, accounts, memberships, organizations, roles or grants that changed. */
export interface IdentityChange {
  readonly number: number
  readonly kind: string
  readonly subjectIds: readonly string[]
}

/** The result of one reading of the list. */
export interface ChangeListPage {
  /** Number of the newest change. */
  readonly latest: number
  /** In order; the first one follows `since`. */
  readonly changes: readonly IdentityChange[]
  /** False when changes after `since` are no longer stored. */
  readonly complete: boolean
}

export type ReadChanges = (since: number) => Promise<ChangeListPage>

export interface ChangeReaderOptions {
  readonly read: ReadChanges
  /** Called in order; when it returns, the change is applied in this process. */
  readonly apply: (change: IdentityChange) => void
  /** Entries were missed: everything cached counts as unknown. */
  readonly reset: () => void
  readonly onError?: (error: unknown) => void
  readonly onGood?: () => void
  /** Milliseconds between two readings. Default 400. */
  readonly everyMs?: number
  /** Age in milliseconds beyond which cached data counts as unknown. Default 1000. */
  readonly staleMs?: number
}

/** Reads the change list in the background, so that cached identities are at most a second old. */
export interface ChangeReader {
  /** Finds the end of the list; throws when Postgres is unavailable. */
  start(): Promise<void>
  /** Reads now instead of at the next interval: a hint that something changed. */
  hasten(): void
  stop(): Promise<void>
  /** True while the last successful reading is recent enough. */
  readonly fresh: boolean
  /** Milliseconds since the last successful reading began. */
  readonly ageMs: number
}

/**
 * The reader of the change list. The age counts from the beginning of a reading, not its end: what was committed after that may
 * not be in it. A failed reading is repeated at the next interval; meanwhile the list becomes stale and its user stops using
 * the cache.
 */
export function createChangeReader(options: ChangeReaderOptions): ChangeReader {
  const everyMs = options.everyMs ?? 400
  const staleMs = options.staleMs ?? 1000
  const stopped = new AbortController()
  let position = 0
  let goodSince = Number.NEGATIVE_INFINITY
  let wake = new AbortController()
  let loop: Promise<void> | undefined

  async function readAll(): Promise<void> {
    const begunAt = performance.now()
    let page: ChangeListPage
    do {
      page = await options.read(position)
      if (!page.complete || page.latest < position) {
        position = page.latest
        options.reset()
        break
      }
      for (const change of page.changes) {
        options.apply(change)
        position = change.number
      }
    } while (position < page.latest && !stopped.signal.aborted)
    goodSince = begunAt
    options.onGood?.()
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await sleep(everyMs, wake.signal)
      } catch {
        wake = new AbortController()
      }
      if (stopped.signal.aborted) return
      try {
        await readAll()
      } catch (error) {
        options.onError?.(error)
      }
    }
  }

  return {
    async start() {
      const begunAt = performance.now()
      // Nothing is cached yet, so only later changes matter.
      const { latest } = await options.read(Number.MAX_SAFE_INTEGER)
      position = latest
      goodSince = begunAt
      loop = run()
    },
    hasten() {
      wake.abort(new Error('hastened'))
    },
    async stop() {
      stopped.abort(new Error('stopped'))
      wake.abort(new Error('stopped'))
      await loop
    },
    get fresh() {
      return performance.now() - goodSince <= staleMs
    },
    get ageMs() {
      return performance.now() - goodSince
    },
  }
}
