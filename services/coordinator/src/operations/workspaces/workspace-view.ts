import type { Workspace } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { levelIn } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { getSpokeByName, getWorkspace } from '@alkdev/storage'
import type { Db, ProjectRow, WorkspaceView } from '@alkdev/storage'
import { changeableProject, visibleProject } from '../projects/project-view.ts'

export function workspaceView(row: WorkspaceView): Workspace {
  const { spoke, branch, directory, worktree, expectedHead, archivedAt } = row
  return {
    workspaceId: row.id,
    projectId: row.projectId,
    name: row.name,
    status: row.status,
    ...(spoke !== null && { spoke }),
    ...(branch !== null && { branch }),
    ...(directory !== null && { directory }),
    ...(worktree !== null && { worktree }),
    ...(expectedHead !== null && { head: expectedHead }),
    createdAt: row.createdAt.toISOString(),
    ...(archivedAt !== null && { archivedAt: archivedAt.toISOString() }),
  }
}

/** Who sees the events of a workspace: those who see its project's. */
export function workspaceEvent({ id: projectId, ownerId, orgId }: ProjectRow) {
  return { projectId, ownerId, ...(orgId !== null && { orgId }) }
}

/** The same for a workspace that does not exist and for one of a project that the caller may not see. */
export function workspaceNotFound(workspaceId: string): CallError {
  return new CallError(
    'WORKSPACE_NOT_FOUND',
    `There is no workspace ${workspaceId}.`,
    { workspaceId },
    { httpStatus: 404 },
  )
}

type ProjectCheck = typeof visibleProject | typeof changeableProject

/** A workspace whose project passes the check. Throws WORKSPACE_NOT_FOUND, and what the check says of a project that may only be seen. */
async function checked(
  db: Db,
  caller: Caller,
  workspaceId: string,
  check: ProjectCheck,
): Promise<{ readonly row: WorkspaceView; readonly project: ProjectRow }> {
  const row = await getWorkspace(db, workspaceId)
  if (row === undefined) throw workspaceNotFound(workspaceId)
  try {
    return { row, project: await check(db, caller, row.projectId) }
  } catch (error) {
    if (error instanceof CallError && error.code === 'PROJECT_NOT_FOUND')
      throw workspaceNotFound(workspaceId)
    throw error
  }
}

export const visibleWorkspace = (db: Db, caller: Caller, workspaceId: string) =>
  checked(db, caller, workspaceId, visibleProject)

/** Throws ACCESS_DENIED when the caller may see and not change the project. */
export const changeableWorkspace = (db: Db, caller: Caller, workspaceId: string) =>
  checked(db, caller, workspaceId, changeableProject)

/** The id of a spoke that serves the caller. Throws SPOKE_NOT_FOUND. */
export async function spokeIdOf(db: Db, caller: Caller, name: string): Promise<string> {
  const spoke = await getSpokeByName(db, name)
  const serves =
    spoke !== undefined &&
    (spoke.ownerId === caller.id ||
      (spoke.orgId !== null && (await levelIn(db, caller, spoke.orgId)) !== undefined))
  if (serves) return spoke.id
  const message = `There is no spoke ${name}.`
  throw new CallError('SPOKE_NOT_FOUND', message, { name }, { httpStatus: 404 })
}
