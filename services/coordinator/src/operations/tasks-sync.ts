import type { TasksSyncInput, TasksSyncOutput } from '@alkdev/contracts'
import type { OperationHandler } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { syncTasks } from '@alkdev/storage'
import type { CoordinatorContext } from '../context.ts'
import { projectOf } from './project-of.ts'
import { readTaskFiles } from './read-task-files.ts'

/** Puts task files into Postgres, all of them or none. Status and times, which belong to the run time, are left alone. */
export function syncTaskFiles(
  context: CoordinatorContext,
): OperationHandler<TasksSyncInput, TasksSyncOutput> {
  const { db } = context.runtime
  return async (input, { identity }) => {
    const caller = must(identity, 'the identity of a guarded operation')
    const tasks = readTaskFiles(input.files)
    const project = await projectOf(db, caller.id, input.project)
    const { unresolved: _none, ...counts } = await syncTasks(db, {
      projectId: project.id,
      tasks,
      ...(input.prune !== undefined && { prune: input.prune }),
    })
    const result = { projectId: project.id, project: project.slug, ...counts }
    context.events.tasksSynced(caller.id, result)
    return result
  }
}
