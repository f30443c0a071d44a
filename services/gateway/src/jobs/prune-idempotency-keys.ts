import { sleep } from '@alkdev/std'
import { pruneIdempotencyKeys } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { Logger } from 'pino'

/** Milliseconds between two looks. */
const EVERY_MS = 600_000
/** Rows of one statement, so that none holds its locks for long. */
const STEP_ROWS = 5000

/** Deletes what is over, step by step, until nothing is left or the signal aborts. Gives how many. */
export async function pruneAll(db: Db, signal: AbortSignal, stepRows = STEP_ROWS): Promise<number> {
  let total = 0
  while (!signal.aborted) {
    const deleted = await pruneIdempotencyKeys(db, stepRows)
    total += deleted
    if (deleted < stepRows) break
  }
  return total
}

/**
 * Deletes idempotency keys whose time is over, every ten minutes until the signal aborts. Each replica does it: a row that
 * another one deletes meanwhile is simply not there. A failure is logged and the next look tries again.
 */
export async function keepPruning(db: Db, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      // Not all replicas at the same moment.
      await sleep(EVERY_MS * (0.75 + Math.random() / 2), signal)
      const deleted = await pruneAll(db, signal)
      if (deleted > 0) logger.debug({ deleted }, 'idempotency keys pruned')
    } catch (error) {
      if (signal.aborted) return
      logger.warn({ err: error }, 'idempotency keys could not be pruned')
    }
  }
}
