import { serviceSpec } from '@alkdev/contracts'
import type { ExportedTask, TasksExportInput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listTaskRows } from '@alkdev/storage/tasks'
import type { TaskRow } from '@alkdev/storage/tasks'
import { serializeFrontmatter } from '@alkdev/taskgraph'
import type { CoordinatorContext } from '../../context.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/** `tasks.export` */
export function tasksExport({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.export'),
    async handler({ project: slug, ...request }: TasksExportInput, context: OperationContext) {
      const project = await projectOfTasks(db, callerOf(context), slug)
      const page = await listTaskRows(db, { projectId: project.id, ...request })
      return { items: page.items.map(exported), ...compact({ nextCursor: page.nextCursor }) }
    },
  }
}

/** The task as a file. The front matter is written again: `alkhub tasks export` changes only the status in a file that is there. */
function exported(row: TaskRow): ExportedTask {
  const { slug, name, dependsOn, status, body } = row
  const assessed = Object.entries({
    scope: row.scope,
    risk: row.risk,
    impact: row.impact,
    level: row.level,
    priority: row.priority,
    assignee: row.assignee,
    due: row.due,
    estimate: row.estimate,
    created: row.fileCreatedAt?.toISOString() ?? null,
  }).filter(([, value]) => value !== null)
  const task = {
    id: slug,
    name,
    dependsOn,
    status,
    ...Object.fromEntries(assessed),
    ...(row.tags.length > 0 && { tags: row.tags }),
    ...(row.checks.length > 0 && { checks: row.checks }),
    ...(row.touches.length > 0 && { touches: row.touches }),
  }
  const file = slug.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '')
  return {
    slug,
    path: row.path ?? `${file === '' ? 'task' : file}.md`,
    status,
    content: serializeFrontmatter(task, body ?? ''),
  }
}
