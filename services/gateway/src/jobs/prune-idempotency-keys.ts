import { sleep } from '@alkdev/std'
import { pruneIdempotencyKeys as pruneRows } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'

/** Milliseconds between two runs. */
const EVERY_MS = 600_000
/** Rows of one statement, so that none holds its locks for long. */
const STEP_ROWS = 5000

/** Deletes expired keys in steps until none is left or the signal aborts. Returns how many. */
export async function pruneIdempotencyKeys(
  db: Db,
  signal: AbortSignal,
  stepRows = STEP_ROWS,
): Promise<number> {
  let total = 0
  while (!signal.aborted) {
    const deleted = await pruneRows(db, stepRows)
    total += deleted
    if (deleted < stepRows) break
  }
  return total
}

/**
 * Deletes expired idempotency keys every ten minutes until draining begins. Every replica does it; a row that another replica
 * has deleted is skipped. A failure is logged and the next run tries again.
 */
export async function keepPruningIdempotencyKeys({
  runtime,
  events,
}: GatewayContext): Promise<void> {
  const { db, draining: signal } = runtime
  while (!signal.aborted) {
    try {
      // Spreads the replicas over time.
      await sleep(EVERY_MS * (0.75 + Math.random() / 2), signal)
      const deleted = await pruneIdempotencyKeys(db, signal)
      events.keysPruned(deleted)
    } catch (error) {
      if (signal.aborted) return
      events.keysNotPruned(error)
    }
  }
}
