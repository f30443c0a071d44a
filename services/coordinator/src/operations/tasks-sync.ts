import { serviceSpec } from '@alkdev/contracts'
import type { TasksSyncInput, TasksSyncOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { syncTasks } from '@alkdev/storage'
import type { CoordinatorContext } from '../context.ts'
import { projectOf } from './project-of.ts'
import { readTaskFiles } from './read-task-files.ts'

/** `tasks.sync`: writes task files to Postgres, all of them or none. It leaves status and times alone, which belong to the run time. */
export function tasksSync({ runtime, events }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('tasks.sync'),
    async handler(input: TasksSyncInput, context: OperationContext): Promise<TasksSyncOutput> {
      const caller = callerOf(context)
      const tasks = readTaskFiles(input.files)
      const project = await projectOf(db, caller.id, input.project)
      const { unresolved: _none, ...counts } = await syncTasks(db, {
        projectId: project.id,
        tasks,
        ...(input.prune !== undefined && { prune: input.prune }),
      })
      const result = { projectId: project.id, project: project.slug, ...counts }
      events.tasksSynced(caller.id, result)
      return result
    },
  }
}
