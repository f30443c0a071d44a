import { serviceSpec } from '@alkdev/contracts'
import type { TasksSyncInput, TasksSyncOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { Caller, ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { syncTasks } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { informHolders } from '../../tasks/inform-holders.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'
import { projectOf } from '../projects/project-of.ts'
import { projectNotFound } from '../projects/project-view.ts'
import { readTaskFiles } from './read-task-files.ts'

/** `tasks.sync`: writes task files to Postgres, all of them or none. It leaves status and times alone, which belong to the run time, unless it is asked to import them. */
export function tasksSync(coordinator: CoordinatorContext): IOperationDefinition {
  const { events, runtime } = coordinator
  const { db } = runtime
  return {
    ...serviceSpec('tasks.sync'),
    async handler(input: TasksSyncInput, context: OperationContext): Promise<TasksSyncOutput> {
      const caller = callerOf(context)
      const { tasks, statuses } = readTaskFiles(input.files)
      const project = await projectToSync(db, caller, input)
      const {
        unresolved: _none,
        kept,
        ...counts
      } = await syncTasks(db, {
        projectId: project.id,
        tasks,
        ...compact({ prune: input.prune }),
        ...(input.importStatus === true && { statuses }),
        // The hub runs them with rights that the roles of a session may not have.
        keepChecks: caller.sessionId !== undefined,
      })
      await informHolders(coordinator, caller, project.id)
      const result = { projectId: project.id, project: project.slug, ...counts, kept: [...kept] }
      events.tasksSynced(caller.id, result)
      return result
    },
  }
}

/** The project of the account; of a session only its own, without a status, as it completes tasks by their claims, and without removing any. */
async function projectToSync(
  db: ServiceRuntime['db'],
  caller: Caller,
  { project: slug, importStatus, prune }: TasksSyncInput,
): Promise<{ readonly id: string; readonly slug: string }> {
  if (caller.sessionId === undefined) return projectOf(db, caller.id, slug)
  if (importStatus === true)
    throw new CallError('ACCESS_DENIED', 'A session imports no status of tasks.')
  // They may be the tasks of other sessions and of people.
  if (prune === true) throw new CallError('ACCESS_DENIED', 'A session removes no tasks.')
  const project = await projectOfTasks(db, caller, slug)
  if (project.ownerId !== caller.id || project.orgId !== null) throw projectNotFound(project.slug)
  return project
}
