import { setSharedClock, sleep } from '@alkdev/std'
import { readDatabaseClock } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** Milliseconds between two readings. */
const EVERY_MS = 5000
/** A reading that took longer is not used: half of it is the error. */
const MAX_READING_MS = 1000
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

/**
 * Sets the shared clock of this process to that of PostgreSQL, and keeps it there until the signal aborts. Everything that is stored, or compared with
 * what another process stored, is timed by it. During an outage of PostgreSQL the monotonic clock carries it on. Rejects when the first reading fails.
 */
export async function keepSharedClock(db: Db, signal: AbortSignal): Promise<void> {
  const first: Reading[] = []
  for (let at = 0; at < FIRST_READINGS; at++)
    // oxlint-disable-next-line no-await-in-loop -- one reading after the other
    first.push(await read(db))
  const [best] = first.toSorted((a, b) => a.tookMs - b.tookMs)
  if (best !== undefined) setSharedClock(best.atMs, best.readAtMs)
  void readOn(db, signal)
}

async function readOn(db: Db, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one reading after the other
      await sleep(EVERY_MS, signal)
    } catch {
      return
    }
    try {
      // oxlint-disable-next-line no-await-in-loop
      const { atMs, readAtMs, tookMs } = await read(db)
      if (tookMs <= MAX_READING_MS) setSharedClock(atMs, readAtMs)
    } catch {
      // The outage is logged by the reader of the change list.
    }
  }
}
