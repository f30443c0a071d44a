import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { eq } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { projects } from '../schema/projects/projects.ts'
import type { ProjectInsert, ProjectRow } from '../schema/projects/projects.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import { spokes } from '../schema/spokes/spokes.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import { workflowRuns } from '../schema/workflows/workflow-runs.ts'
import { workflowTemplates } from '../schema/workflows/workflow-templates.ts'

/** Stores a project. Throws CONFLICT when its slug is taken, or owner or organization do not exist. */
export function createProject(db: Db, project: ProjectInsert): Promise<ProjectRow> {
  return coded(async () => {
    const [row] = await db.insert(projects).values(project).returning()
    return must(row)
  })
}

/** What of a project may change. Absent members stay as they are. */
export type ProjectChange = Partial<
  Pick<ProjectInsert, 'slug' | 'name' | 'directory' | 'repoUrl' | 'vcs' | 'iconUrl' | 'iconColor'>
>

/** Writes the given columns; undefined when there is no such project. Throws CONFLICT when the slug is taken. */
export function updateProject(
  db: Db,
  id: string,
  change: ProjectChange,
): Promise<ProjectRow | undefined> {
  return coded(async () => {
    const [row] = await db.update(projects).set(change).where(eq(projects.id, id)).returning()
    return row
  })
}

export interface DeleteProject {
  /** With everything that belongs to it. Default false. */
  readonly force?: boolean
}

export interface DeletedProject {
  /** Number of the registry change; absent when no spoke belonged to the project. */
  readonly change?: number
}

/**
 * Deletes a project with its workspaces, and with `force` also with its tasks, sessions and workflows. Spokes that belonged to it stay and
 * serve their owner alone from then on, which every process learns by a registry change. Undefined when there is no such project. Throws
 * CONFLICT with the numbers when it has any of them and `force` is not set.
 */
export function deleteProject(
  db: Db,
  id: string,
  options: DeleteProject = {},
): Promise<DeletedProject | undefined> {
  return inTransaction(db, async (tx) => {
    // Locked for good: nothing new can refer to it until it is gone.
    const found = await tx
      .select({ id: projects.id })
      .from(projects)
      .where(eq(projects.id, id))
      .for('update')
    if (found.length === 0) return undefined
    if (options.force !== true) await refuseUsed(tx, id)
    const freed = await tx
      .select({ id: spokes.id })
      .from(spokes)
      .where(eq(spokes.projectId, id))
      .orderBy(spokes.id)
    await tx.delete(projects).where(eq(projects.id, id))
    if (freed.length === 0) return {}
    const spokeIds = freed.map((row) => row.id)
    return { change: await appendRegistryChange(tx, 'spoke', spokeIds) }
  })
}

async function refuseUsed(tx: Db, id: string): Promise<void> {
  const used = {
    tasks: await tx.$count(tasks, eq(tasks.projectId, id)),
    sessions: await tx.$count(sessions, eq(sessions.projectId, id)),
    workflows:
      (await tx.$count(workflowTemplates, eq(workflowTemplates.projectId, id))) +
      (await tx.$count(workflowRuns, eq(workflowRuns.projectId, id))),
  }
  if (Object.values(used).every((count) => count === 0)) return
  throw new CodedError('CONFLICT', 'The project has tasks, sessions or workflows.', {
    details: used,
  })
}
