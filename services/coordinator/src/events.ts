import type { TasksSyncOutput } from '@alkdev/contracts/agents'
import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'

/** Logs and counts the events of tasks. Never throws. */
export interface CoordinatorEvents {
  tasksSynced(accountId: string, result: TasksSyncOutput): void
}

export function createEvents(runtime: ServiceRuntime<'coordinator'>): CoordinatorEvents {
  const { bus, logger, metrics } = runtime
  const synced = metrics.counter(METRICS.tasksSynced)
  return {
    tasksSynced: (accountId, result) => {
      synced.inc(result.created + result.updated)
      logger.info({ accountId, ...result }, 'tasks synced')
      bus.emit('task.synced', result.projectId, { ownerId: accountId, ...result })
    },
  }
}
