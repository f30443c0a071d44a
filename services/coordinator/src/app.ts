import { serviceSpec } from '@alkdev/contracts'
import { OperationRegistry } from '@alkdev/operations'
import type { CoordinatorContext } from './context.ts'
import { listTasksOf } from './operations/tasks-list.ts'
import { syncTaskFiles } from './operations/tasks-sync.ts'

/** Operations of the coordinator. Over HTTP it answers for its health only. */
export function buildApp(context: CoordinatorContext): void {
  const registry = new OperationRegistry()
  registry.register({ ...serviceSpec('tasks.sync'), handler: syncTaskFiles(context) })
  registry.register({ ...serviceSpec('tasks.list'), handler: listTasksOf(context) })
  context.runtime.bus.serveService(registry)
}
