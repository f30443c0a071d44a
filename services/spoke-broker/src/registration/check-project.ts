import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getProject } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** True when the account owns the project or is a member of its organization. False also for a project that there is not. */
export async function mayServe(db: Db, projectId: string, identity: Identity): Promise<boolean> {
  const project = await getProject(db, projectId)
  if (project === undefined) return false
  if (project.ownerId === identity.id) return true
  return project.orgId !== null && identity.orgIds?.includes(project.orgId) === true
}

/** A spoke serves the members of its project's organization, so that not everybody may register under it. Throws ACCESS_DENIED. */
export async function checkProject(
  db: Db,
  projectId: string | undefined,
  identity: Identity,
): Promise<void> {
  if (projectId === undefined || (await mayServe(db, projectId, identity))) return
  throw new CallError(
    'ACCESS_DENIED',
    'Only its owner and members of its organization may attach spokes to the project.',
    { projectId },
  )
}
