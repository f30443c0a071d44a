import type { ServiceRuntime } from '@alkdev/service'
import { sleep } from '@alkdev/std'
import { makeCallPartitions } from '@alkdev/storage'

const DAY_MS = 86_400_000
const EVERY_MS = 3_600_000
/** Milliseconds until a retry after a failure. */
const AFTER_FAILURE_MS = 60_000

/**
 * Creates the partitions of the call log for the next week, and moves rows of the default partition to their days: at the start, then once
 * an hour until draining begins. Every replica does it; a lock in PostgreSQL admits one at a time. A failure is logged and retried after a
 * minute; meanwhile calls of days without a partition are stored in the default partition.
 */
export async function keepCallPartitions(runtime: ServiceRuntime<'coordinator'>): Promise<void> {
  const { db, config, logger, draining } = runtime
  const { callDays } = config.retention
  while (!draining.aborted) {
    let pauseMs = EVERY_MS
    try {
      const { made, moved } = await makeCallPartitions(
        db,
        callDays === 0 ? {} : { keepMs: callDays * DAY_MS },
      )
      if (made.length > 0) logger.info({ made, moved }, 'partitions of the call log were made')
    } catch (error) {
      if (draining.aborted) return
      logger.warn({ err: error }, 'partitions of the call log could not be made')
      pauseMs = AFTER_FAILURE_MS
    }
    try {
      await sleep(pauseMs, draining)
    } catch {
      return
    }
  }
}
