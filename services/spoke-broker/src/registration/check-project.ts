import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getMember, getProject } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** Whom a spoke of the project serves beside its owner's account. */
export interface Served {
  readonly orgId?: string
}

/**
 * Whom a spoke of the account would serve under the project: the members of its organization, if the account is one of them; nobody
 * else if the account owns a project without one. Undefined when neither holds, and for a project that does not exist. Having made a
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
  // Asked of the database, because what this process knows of an identity may be a second old.
  return (await getMember(db, orgId, identity.id)) === undefined ? undefined : { orgId }
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
    'Only members of its organization, or its owner if it has none, may attach spokes to the project.',
    { projectId },
  )
}
