import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import { withdrawApprovalsOf } from '../approvals/end-approval.ts'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
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

/** The columns of a project that can be changed. Absent members are not changed. */
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
  /** Also delete everything that belongs to it. Default false. */
  readonly force?: boolean
  /** Subject type of the approvals that its workflow runs ask for; these are withdrawn. */
  readonly runsAskAs?: string
}

export interface DeletedProject {
  /** Number of the registry change; absent when no spoke belonged to the project. */
  readonly change?: number
  /** The approvals that were withdrawn. */
  readonly withdrawn: readonly ApprovalRow[]
}

/**
 * Deletes a project with its workspaces, and with `force` also with its tasks, sessions and workflows. Its spokes stay and
 * then serve only their owner, which a registry change announces. Undefined when there is no such project. Throws
 * CONFLICT with the numbers when it has any of them and `force` is not set, and when one of its sessions works.
 */
export function deleteProject(
  db: Db,
  id: string,
  options: DeleteProject = {},
): Promise<DeletedProject | undefined> {
  return inTransaction(db, async (tx) => {
    // Locked until the deletion: nothing new can refer to it.
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
    const runs = tx
      .select({ id: workflowRuns.id })
      .from(workflowRuns)
      .where(eq(workflowRuns.projectId, id))
    // Approvals before runs, in the order in which the end of a run locks them.
    const withdrawn =
      options.runsAskAs === undefined ? [] : await withdrawApprovalsOf(tx, options.runsAskAs, runs)
    // Before the templates that they restrict.
    await tx.delete(workflowRuns).where(eq(workflowRuns.projectId, id))
    await refuseWorking(tx, id)
    await tx.delete(sessions).where(eq(sessions.projectId, id))
    await tx.delete(projects).where(eq(projects.id, id))
    if (freed.length === 0) return { withdrawn }
    const spokeIds = freed.map((row) => row.id)
    return { change: await appendRegistryChange(tx, 'spoke', spokeIds), withdrawn }
  })
}

/** A session that works must be stopped first: its calls would lose the rows that record them. */
async function refuseWorking(tx: Db, id: string): Promise<void> {
  const working = await tx.$count(
    sessions,
    and(eq(sessions.projectId, id), sql`${sessions.turnId} is not null`),
  )
  if (working > 0)
    throw new CodedError('CONFLICT', 'Sessions of the project work; stop them first.', {
      details: { working },
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
