import { serviceSpec } from '@alkdev/contracts'
import type { TaskItem, TasksListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { findProject, listOrgIds, listTasks } from '@alkdev/storage'
import type { TaskSummary } from '@alkdev/storage'
import type { CoordinatorContext } from '../context.ts'
import { defaultProject } from './project-of.ts'
import { projectNotFound } from './project-view.ts'

/**
 * `tasks.list`: the tasks of a project that the caller may see, by its slug: a project of the caller before one of an organization.
 * Creates no project.
 */
export function tasksList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.list'),
    async handler(input: TasksListInput, context: OperationContext) {
      const caller = callerOf(context)
      const { project: slug, ...request } = input
      const viewer = { accountId: caller.id, orgIds: await listOrgIds(db, caller.id) }
      const project = await findProject(db, slug ?? defaultProject, viewer)
      if (project === undefined && slug !== undefined) throw projectNotFound(slug)
      if (project === undefined) return { items: [] }
      const page = await listTasks(db, { projectId: project.id, ...request })
      const items = page.items.map(taskItem)
      return { items, ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }) }
    },
  }
}

function taskItem(row: TaskSummary): TaskItem {
  const optional = {
    path: row.path,
    scope: row.scope,
    risk: row.risk,
    impact: row.impact,
    level: row.level,
    priority: row.priority,
    assignee: row.assignee,
    due: row.due,
  }
  const assessed = Object.entries(optional).filter(([, value]) => value !== null)
  return {
    taskId: row.id,
    slug: row.slug,
    name: row.name,
    status: row.status,
    tags: row.tags,
    dependsOn: row.dependsOn,
    ...(Object.fromEntries(assessed) as Partial<TaskItem>),
  }
}
