import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { orgIdsOf } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { findProject, getProject } from '@alkdev/storage'
import type { Db, ProjectRow } from '@alkdev/storage'
import { getSession } from '@alkdev/storage/sessions'
import { readTask } from '@alkdev/storage/tasks'
import type { TaskHolder, TaskWithClaim } from '@alkdev/storage/tasks'
import { defaultProject } from '../operations/projects/project-of.ts'
import { projectNotFound } from '../operations/projects/project-view.ts'

/**
 * The project of tasks that the caller may see. A session sees only its own project, which is also its default; an account its own projects
 * and those of its organizations. Throws PROJECT_NOT_FOUND.
 */
export async function projectOfTasks(
  db: Db,
  caller: Caller,
  slug: string | undefined,
): Promise<ProjectRow> {
  if (caller.sessionId !== undefined) {
    const session = await getSession(db, caller.sessionId)
    const project = session && (await getProject(db, session.projectId))
    if (project === undefined || (slug !== undefined && project.slug !== slug))
      throw projectNotFound(slug ?? defaultProject)
    return project
  }
  const viewer = { accountId: caller.id, orgIds: await orgIdsOf(db, caller) }
  const project = await findProject(db, slug ?? defaultProject, viewer)
  if (project === undefined) throw projectNotFound(slug ?? defaultProject)
  return project
}

/** A task of the caller's project. Throws PROJECT_NOT_FOUND and TASK_NOT_FOUND. */
export async function taskOf(
  db: Db,
  caller: Caller,
  { project: slug, task: taskSlug }: { readonly project?: string; readonly task: string },
): Promise<TaskWithClaim & { readonly project: ProjectRow }> {
  const project = await projectOfTasks(db, caller, slug)
  const found = await readTask(db, project.id, taskSlug)
  if (found === undefined) throw taskNotFound(project.slug, taskSlug)
  return { ...found, project }
}

export function taskNotFound(project: string, task: string): CallError {
  return new CallError(
    'TASK_NOT_FOUND',
    `Project ${project} has no task ${task}.`,
    { project, task },
    { httpStatus: 404 },
  )
}

/** The caller as the holder of a claim. */
export function holderOf({ id, sessionId }: Identity): TaskHolder {
  return sessionId === undefined ? { accountId: id } : { sessionId }
}
