import type { ServiceRuntime } from '@alkdev/service'
import { releaseEndedClaims } from '@alkdev/storage/tasks'
import { repeatUntil } from '../jobs/repeat-until.ts'
import { announceReady, announceReleased } from './task-events.ts'

const EVERY_MS = 5000

/**
 * Releases claims that are over and announces tasks that became ready, every five seconds until draining begins. Every replica does it; what one
 * takes no other gets.
 */
export function keepTasks(runtime: ServiceRuntime<'coordinator'>): Promise<void> {
  const { db, logger, draining } = runtime
  return repeatUntil(
    {
      everyMs: EVERY_MS,
      signal: draining,
      onError: (error) => logger.warn({ err: error }, 'claims of tasks could not be kept'),
    },
    async () => {
      await announceReleased(runtime, await releaseEndedClaims(db))
      await announceReady(runtime)
    },
  )
}
