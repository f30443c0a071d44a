import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, asc, eq, sql } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { roles } from '../schema/roles/roles.ts'
import type { RoleInsert, RoleMode } from '../schema/roles/roles.ts'
import { sessions } from '../schema/sessions/sessions.ts'

export type Role = typeof roles.$inferSelect

/** Every role, by name; at most 1 000. */
export function loadRoles(db: Db): Promise<Role[]> {
  return coded(() => db.select().from(roles).orderBy(asc(roles.name)).limit(1000))
}

/** Roles by name. */
export function listRoles(
  db: Db,
  request: PageRequest & { readonly mode?: RoleMode } = {},
): Promise<Page<Role>> {
  return coded(async () => {
    const { mode } = request
    const keyset = new Keyset([roles.name], 'asc', ['roles', mode])
    const rows = await db
      .select()
      .from(roles)
      .where(and(mode === undefined ? undefined : eq(roles.mode, mode), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.name])
  })
}

export function getRoleByName(db: Db, name: string): Promise<Role | undefined> {
  return coded(async () => (await db.select().from(roles).where(eq(roles.name, name)))[0])
}

/**
 * Stores a role and notifies every process with an identity change. Throws CONFLICT when its name is taken or its parent does not exist.
 */
export function createRole(db: Db, role: RoleInsert): Promise<Role> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx.insert(roles).values(role).returning()
    const stored = must(row)
    await appendIdentityChange(tx, 'role', [stored.id])
    return stored
  })
}

/** The columns of a role that can be changed. Absent members are not changed. */
export type RoleChange = Partial<Omit<RoleInsert, 'id' | 'name' | 'createdAt' | 'updatedAt'>>

/**
 * Writes the given columns and notifies every process with an identity change; undefined when there is no such role. Throws CONFLICT when
 * the parent does not exist, or when a role would inherit from itself, also indirectly.
 */
export function updateRole(db: Db, id: string, change: RoleChange): Promise<Role | undefined> {
  return inTransaction(db, async (tx) => {
    if (change.parentId != null) await refuseCircle(tx, id, change.parentId)
    const [row] = await tx.update(roles).set(change).where(eq(roles.id, id)).returning()
    if (row !== undefined) await appendIdentityChange(tx, 'role', [id])
    return row
  })
}

/**
 * Deletes a role and notifies every process with an identity change; true when there was one. Throws CONFLICT while another role, a grant
 * or a session refers to it.
 */
export function deleteRole(db: Db, id: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await lockRoles(tx)
    const children = await tx.$count(roles, eq(roles.parentId, id))
    if (children > 0) throw new CodedError('CONFLICT', 'Other roles take from this one.')
    const used = await tx.$count(
      sessions,
      sql`${sessions.roleId} = ${id} or ${id} = any(${sessions.roleChain})`,
    )
    if (used > 0) throw new CodedError('CONFLICT', 'There are sessions in this role.')
    const rows = await tx.delete(roles).where(eq(roles.id, id)).returning({ id: roles.id })
    if (rows.length > 0) await appendIdentityChange(tx, 'role', [id])
    return rows.length > 0
  })
}

/** Serializes changes of parents, so that the later one sees the result of the earlier one. Readers are not blocked. */
async function lockRoles(tx: Db): Promise<void> {
  await tx.execute(sql`lock table roles in share row exclusive mode`)
}

async function refuseCircle(tx: Db, id: string, parentId: string): Promise<void> {
  await lockRoles(tx)
  const parents = new Map((await loadRoles(tx)).map((role) => [role.id, role.parentId]))
  const seen = new Set([id])
  for (let at: string | null | undefined = parentId; at != null; at = parents.get(at)) {
    if (seen.has(at)) throw new CodedError('CONFLICT', 'A role cannot take from itself.')
    seen.add(at)
  }
}
