import { serviceSpec } from '@alkdev/contracts'
import type { TasksListInput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listTasks } from '@alkdev/storage'
import { readClaims, readHolderNames } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { taskItem } from '../../tasks/task-views.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/**
 * `tasks.list`: the tasks of a project that the caller may see, by its slug: a project of the caller before one of an organization.
 * Creates no project.
 */
export function tasksList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.list'),
    async handler(input: TasksListInput, context: OperationContext) {
      const { project: slug, ...request } = input
      const caller = callerOf(context)
      const project = await projectOfTasks(db, caller, slug).catch((error: unknown) => {
        // The default project may not have been made yet.
        if (slug === undefined && error instanceof CallError) return undefined
        throw error
      })
      if (project === undefined) return { items: [] }
      const page = await listTasks(db, { projectId: project.id, ...request })
      const claims = await readClaims(
        db,
        page.items.map(({ id }) => id),
      )
      const byTask = new Map(claims.map((claim) => [claim.taskId, claim]))
      const held = claims.filter(({ releasedAt }) => releasedAt === null)
      const names = await readHolderNames(
        db,
        held.map(({ taskId }) => taskId),
        caller.id,
      )
      const items = page.items.map((row) => taskItem(row, byTask.get(row.id), names.get(row.id)))
      return { items, ...compact({ nextCursor: page.nextCursor }) }
    },
  }
}
