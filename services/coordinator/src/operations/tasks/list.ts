import { serviceSpec } from '@alkdev/contracts'
import type { TasksListInput } from '@alkdev/contracts/agents'
import { callerOf, orgIdsOf } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listTasks, listVisibleTasks } from '@alkdev/storage'
import type { Db, TaskSummary } from '@alkdev/storage'
import { readClaims, readHolderNames } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { taskItem } from '../../tasks/task-views.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/**
 * `tasks.list`: the tasks of a project that the caller may see, by its slug: a project of the caller before one of an organization. With
 * `allProjects` those of all projects that it may see; a session sees only its own. Creates no project.
 */
export function tasksList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.list'),
    async handler(input: TasksListInput, context: OperationContext) {
      const caller = callerOf(context)
      const page = await readPage(db, caller, input)
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
      const items = page.items.map((row) => ({
        ...taskItem(row, byTask.get(row.id), names.get(row.id)),
        ...compact({ project: row.project }),
      }))
      return { items, ...compact({ nextCursor: page.nextCursor }) }
    },
  }
}

interface TaskPage {
  /** With the slug of the project where tasks of several were asked for. */
  readonly items: readonly (TaskSummary & { readonly project?: string })[]
  readonly nextCursor?: string
}

async function readPage(
  db: Db,
  caller: Caller,
  { project: slug, allProjects = false, ...request }: TasksListInput,
): Promise<TaskPage> {
  if (allProjects && slug !== undefined)
    throw new CallError('VALIDATION_ERROR', 'Give one of project and allProjects.')
  if (allProjects && caller.sessionId === undefined) {
    const viewer = { accountId: caller.id, orgIds: await orgIdsOf(db, caller) }
    return listVisibleTasks(db, { viewer, ...request })
  }
  const project = await projectOfTasks(db, caller, slug).catch((error: unknown) => {
    // The default project may not have been made yet.
    if (slug === undefined && error instanceof CallError) return undefined
    throw error
  })
  if (project === undefined) return { items: [] }
  const page = await listTasks(db, { projectId: project.id, ...request })
  if (!allProjects) return page
  return { ...page, items: page.items.map((row) => ({ ...row, project: project.slug })) }
}
