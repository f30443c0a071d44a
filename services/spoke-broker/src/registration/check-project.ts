import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getProject } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** Whom a spoke of the project serves beside its owner's account. */
export interface Served {
  readonly orgId?: string
}

/** When the account owns the project or is a member of its organization. Undefined also for a project that there is not. */
export async function mayServe(
  db: Db,
  projectId: string,
  identity: Identity,
): Promise<Served | undefined> {
  const project = await getProject(db, projectId)
  if (project === undefined) return undefined
  const { orgId, ownerId } = project
  if (orgId === null) return ownerId === identity.id ? {} : undefined
  return ownerId === identity.id || identity.orgIds?.includes(orgId) ? { orgId } : undefined
}

/** A spoke serves the members of its project's organization, so that not everybody may register under it. Throws ACCESS_DENIED. */
export async function checkProject(
  db: Db,
  projectId: string | undefined,
  identity: Identity,
): Promise<Served> {
  if (projectId === undefined) return {}
  const served = await mayServe(db, projectId, identity)
  if (served) return served
  throw new CallError(
    'ACCESS_DENIED',
    'Only its owner and members of its organization may attach spokes to the project.',
    { projectId },
  )
}
