import { setSharedClock, sharedNow, sleep } from '@alkdev/std'
import { readDatabaseClock } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** Milliseconds between two readings. */
const EVERY_MS = 5000
/** A reading that took longer is not used: half of it is the error. */
const MAX_READING_MS = 1000
/** A reading that differs by more from the one before, carried on, is a jump. */
const MAX_DRIFT_MS = 10_000
/** Readings at the start, of which the quickest is used. */
const FIRST_READINGS = 3

/** One reading of the clock of PostgreSQL: which time it was, at which reading of the monotonic clock, and how long the query took. */
interface Reading {
  readonly atMs: number
  readonly readAtMs: number
  readonly tookMs: number
}

async function read(db: Db): Promise<Reading> {
  const begunAt = performance.now()
  const atMs = await readDatabaseClock(db)
  const endedAt = performance.now()
  return { atMs, readAtMs: (begunAt + endedAt) / 2, tookMs: endedAt - begunAt }
}

export interface SharedClockOptions {
  /** The clock of PostgreSQL jumped by `byMs` milliseconds, or the monotonic clock of this process was stopped for that time. */
  readonly onJump: (byMs: number) => void
  /** Milliseconds between two readings. Default: 5,000. */
  readonly everyMs?: number
}

/**
 * Sets the shared clock of this process to that of PostgreSQL, and keeps it there until the signal aborts. Everything that is stored, or compared with
 * what another process stored, is timed by it. During an outage of PostgreSQL the monotonic clock carries it on. Rejects when the first reading fails.
 */
export async function keepSharedClock(
  db: Db,
  signal: AbortSignal,
  options: SharedClockOptions,
): Promise<void> {
  const first: Reading[] = []
  for (let at = 0; at < FIRST_READINGS; at++)
    // oxlint-disable-next-line no-await-in-loop -- one reading after the other
    first.push(await read(db))
  const [best] = first.toSorted((a, b) => a.tookMs - b.tookMs)
  if (best !== undefined) setSharedClock(best.atMs, best.readAtMs)
  void readOn(db, signal, options)
}

async function readOn(
  db: Db,
  signal: AbortSignal,
  { onJump, everyMs = EVERY_MS }: SharedClockOptions,
): Promise<void> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one reading after the other
      await sleep(everyMs, signal)
    } catch {
      return
    }
    try {
      // oxlint-disable-next-line no-await-in-loop
      const { atMs, readAtMs, tookMs } = await read(db)
      if (tookMs > MAX_READING_MS) continue
      const byMs = atMs - (sharedNow() - (performance.now() - readAtMs))
      setSharedClock(atMs, readAtMs)
      if (Math.abs(byMs) > MAX_DRIFT_MS) onJump(Math.round(byMs))
    } catch {
      // The outage is logged by the reader of the change list.
    }
  }
}
