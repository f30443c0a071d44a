import type { Role as RoleOutput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { getRoleByName, isActiveAdmin, loadRoles } from '@alkdev/storage'
import type { Db, Role } from '@alkdev/storage'
import { roleChain } from '../../roles/effective-role.ts'

export function roleView(row: Role, parent: string | undefined): RoleOutput {
  const { description, temperature, prompt, data } = row
  return {
    roleId: row.id,
    name: row.name,
    mode: row.mode,
    ...(description !== null && { description }),
    ...compact({ parent }),
    ...(temperature !== null && { temperature }),
    permissions: row.permissions,
    tools: row.tools,
    ...(prompt !== null && { prompt }),
    scopes: row.scopes,
    ...(data !== null && { data }),
    createdAt: row.createdAt.toISOString(),
  }
}

export function roleNotFound(name: string): CallError {
  return new CallError('ROLE_NOT_FOUND', `There is no role ${name}.`, { name }, { httpStatus: 404 })
}

/** Throws ROLE_NOT_FOUND. */
export async function roleOf(db: Db, name: string): Promise<Role> {
  const row = await getRoleByName(db, name)
  if (row === undefined) throw roleNotFound(name)
  return row
}

/** The role and its parents, the role itself first. Throws ROLE_NOT_FOUND. */
export async function chainOf(db: Db, name: string): Promise<readonly [Role, ...Role[]]> {
  const row = await roleOf(db, name)
  const [, ...parents] = roleChain(row, row.parentId === null ? [row] : await loadRoles(db))
  return [row, ...parents]
}

/** Roles count in the whole deployment. Throws ACCESS_DENIED unless the caller's account may change that. */
export async function requireRoleAdmin(db: Db, caller: Identity): Promise<void> {
  if (await isActiveAdmin(db, caller.id)) return
  throw new CallError(
    'ACCESS_DENIED',
    'Only an account whose access level is admin may change roles.',
    { accessLevel: 'admin' },
  )
}
