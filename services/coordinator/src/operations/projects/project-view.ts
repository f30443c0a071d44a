import type { Project } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { levelIn, orgIdsOf } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { getVisibleProject } from '@alkdev/storage'
import type { Db, ProjectRow } from '@alkdev/storage'

export function projectView(row: ProjectRow): Project {
  const { orgId, directory, repoUrl, iconUrl, iconColor } = row
  const known = Object.entries({ orgId, directory, repoUrl, iconUrl, iconColor }).filter(
    ([, value]) => value !== null,
  )
  return {
    projectId: row.id,
    slug: row.slug,
    name: row.name,
    ownerId: row.ownerId,
    vcs: row.vcs,
    createdAt: row.createdAt.toISOString(),
    ...(Object.fromEntries(known) as Partial<Project>),
  }
}

/** The same for a project that does not exist and for one that the caller may not see. */
export function projectNotFound(projectId: string): CallError {
  return new CallError(
    'PROJECT_NOT_FOUND',
    `There is no project ${projectId}.`,
    { projectId },
    { httpStatus: 404 },
  )
}

/** A project that the caller may see, by its current memberships. Throws PROJECT_NOT_FOUND. */
export async function visibleProject(
  db: Db,
  caller: Caller,
  projectId: string,
): Promise<ProjectRow> {
  const viewer = { accountId: caller.id, orgIds: await orgIdsOf(db, caller) }
  const row = await getVisibleProject(db, projectId, viewer)
  if (row === undefined) throw projectNotFound(projectId)
  return row
}

/** A project that the caller may change. Throws PROJECT_NOT_FOUND, and ACCESS_DENIED for one that it may only see. */
export async function changeableProject(
  tx: Db,
  caller: Caller,
  projectId: string,
): Promise<ProjectRow> {
  const row = await visibleProject(tx, caller, projectId)
  if (row.ownerId === caller.id || row.orgId === null) return row
  const level = await levelIn(tx, caller, row.orgId)
  if (level === 'owner' || level === 'admin') return row
  throw new CallError(
    'ACCESS_DENIED',
    'Only who made the project and owner and admins of its organization may change it.',
    { projectId, membershipLevel: 'admin' },
  )
}

/** Throws VALIDATION_ERROR for an address with a password in it, which would lie in the database in clear. */
export function checkRepoUrl(repoUrl: string | null | undefined): void {
  if (repoUrl == null) return
  const url = URL.parse(repoUrl)
  if (url === null || url.password === '') return
  const message = 'must hold no password; the credentials of a forge belong to a client'
  throw new CallError('VALIDATION_ERROR', `repoUrl ${message}.`, {
    errors: [{ path: '/repoUrl', message }],
  })
}
