import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getMember, getProject } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** Which accounts a spoke of the project serves beside its owner. */
export interface Served {
  readonly orgId?: string
}

/**
 * The accounts that a spoke of the account would serve under the project: the members of its organization, if the account is one of them; only
 * the owner if the account owns a project without one. Undefined when neither holds, and for a project that does not exist. Having created a
 * project of an organization does not count once the account has left it.
 */
export async function mayServe(
  db: Db,
  projectId: string,
  identity: Identity,
): Promise<Served | undefined> {
  const project = await getProject(db, projectId)
  if (project === undefined) return undefined
  const { orgId, ownerId } = project
  if (orgId === null) return ownerId === identity.id ? {} : undefined
  // Read from the database, because the cached identity may be a second old.
  return (await getMember(db, orgId, identity.id)) === undefined ? undefined : { orgId }
}

/** A spoke serves the members of its project's organization, so not every account may register under it. Throws ACCESS_DENIED. */
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
    'Only members of its organization, or its owner if it has none, may attach spokes to the project.',
    { projectId },
  )
}
