import { and, arrayContains, eq, getTableColumns, or, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { hasText } from '../database/has-text.ts'
import { readAtOnce } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { visibleProject } from '../projects/projects.ts'
import type { ProjectViewer } from '../projects/projects.ts'
import { projects } from '../schema/projects/projects.ts'
import type { TaskStatus } from '../schema/tasks/families.ts'
import { taskDependencies } from '../schema/tasks/task-dependencies.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'
import type { TaskEdge } from './sync-tasks.ts'

/** A task without its text. */
export type TaskSummary = Omit<TaskRow, 'body'>

const { body: _, ...summary } = getTableColumns(tasks)

export interface ListTasks extends PageRequest {
  readonly projectId: string
  readonly status?: TaskStatus
  readonly tag?: string
  /** A text of the slug or the name. */
  readonly q?: string
}

/** The tasks of a project, by slug. */
export function listTasks(db: Db, request: ListTasks): Promise<Page<TaskSummary>> {
  return coded(async () => {
    const { projectId, status, tag, q } = request
    const keyset = new Keyset([tasks.slug], 'asc', ['tasks', projectId, status, tag, q])
    const rows = await db
      .select(summary)
      .from(tasks)
      .where(and(eq(tasks.projectId, projectId), matches(request), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.slug])
  })
}

export interface ListVisibleTasks extends Omit<ListTasks, 'projectId'> {
  readonly viewer: ProjectViewer
}

/** The tasks of all projects that the viewer may see, by slug, each with the slug of its project. */
export function listVisibleTasks(
  db: Db,
  request: ListVisibleTasks,
): Promise<Page<TaskSummary & { readonly project: string }>> {
  return coded(async () => {
    const { viewer, status, tag, q } = request
    const keyset = new Keyset([tasks.slug, tasks.id], 'asc', [
      'visible-tasks',
      viewer.accountId,
      status,
      tag,
      q,
    ])
    const rows = await db
      .select({ ...summary, project: projects.slug })
      .from(tasks)
      .innerJoin(projects, eq(projects.id, tasks.projectId))
      .where(and(visibleProject(viewer), matches(request), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.slug, row.id])
  })
}

function matches({ status, tag, q }: Pick<ListTasks, 'status' | 'tag' | 'q'>): SQL | undefined {
  return and(
    status === undefined ? undefined : eq(tasks.status, status),
    tag === undefined ? undefined : arrayContains(tasks.tags, [tag]),
    q === undefined ? undefined : or(hasText(tasks.slug, q), hasText(tasks.name, q)),
  )
}

/** The tasks of a project with their texts, by slug. */
export function listTaskRows(
  db: Db,
  request: PageRequest & { readonly projectId: string },
): Promise<Page<TaskRow>> {
  return coded(async () => {
    const { projectId } = request
    const keyset = new Keyset([tasks.slug], 'asc', ['task-rows', projectId])
    const rows = await db
      .select()
      .from(tasks)
      .where(and(eq(tasks.projectId, projectId), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.slug])
  })
}

/** A task with its text. */
export function getTask(db: Db, projectId: string, slug: string): Promise<TaskRow | undefined> {
  return coded(async () => {
    const where = and(eq(tasks.projectId, projectId), eq(tasks.slug, slug))
    return (await db.select().from(tasks).where(where))[0]
  })
}

export interface StoredTaskGraph {
  readonly tasks: readonly TaskSummary[]
  readonly edges: readonly TaskEdge[]
}

/** All tasks and dependencies of a project, by slug, as input for the task graph. */
export function loadTaskGraph(db: Db, projectId: string): Promise<StoredTaskGraph> {
  // One snapshot for both, so that no edge refers to a missing task.
  return readAtOnce(db, async (tx) => {
    const nodes = await tx
      .select(summary)
      .from(tasks)
      .where(eq(tasks.projectId, projectId))
      .orderBy(tasks.slug)
    const [prerequisite, dependent] = [alias(tasks, 'prerequisite'), alias(tasks, 'dependent')]
    const rows = await tx
      .select({
        from: prerequisite.slug,
        to: dependent.slug,
        qualityRetention: taskDependencies.qualityRetention,
      })
      .from(taskDependencies)
      .innerJoin(prerequisite, eq(prerequisite.id, taskDependencies.dependsOnTaskId))
      .innerJoin(dependent, eq(dependent.id, taskDependencies.dependentTaskId))
      .where(eq(taskDependencies.projectId, projectId))
      .orderBy(sql`${dependent.slug}, ${prerequisite.slug}`)
    const edges = rows.map(({ qualityRetention, ...edge }) =>
      qualityRetention === null ? edge : { ...edge, qualityRetention },
    )
    return { tasks: nodes, edges }
  })
}
