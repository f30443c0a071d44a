import type { ServiceRuntime } from '@alkdev/service'
import { sleep } from '@alkdev/std'
import { countCallStats } from '@alkdev/storage'

const DAY_MS = 86_400_000
const EVERY_MS = 15_000
/** Days that are counted again after an outage, or for the first time, at most. */
const MAX_BACK_DAYS = 7

/**
 * Counts the calls of each minute once it is over, for `calls.stats`: every 15 seconds until draining begins. Every replica does it; a lock
 * in PostgreSQL admits one at a time. A failure is logged, and the next run counts what is due.
 */
export async function keepCallStats(runtime: ServiceRuntime<'coordinator'>): Promise<void> {
  const { db, config, logger, draining } = runtime
  const { callDays } = config.retention
  const backDays = callDays === 0 ? MAX_BACK_DAYS : Math.min(callDays, MAX_BACK_DAYS)
  while (!draining.aborted) {
    try {
      await countCallStats(db, backDays * DAY_MS, draining)
    } catch (error) {
      if (draining.aborted) return
      logger.warn({ err: error }, 'calls could not be counted')
    }
    try {
      await sleep(EVERY_MS * (0.75 + Math.random() / 2), draining)
    } catch {
      return
    }
  }
}
