import { asc, eq } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { roles } from '../schema/roles/roles.ts'

export type Role = typeof roles.$inferSelect

/** Every role, by name. */
export function listRoles(db: Db): Promise<Role[]> {
  return coded(() => db.select().from(roles).orderBy(asc(roles.name)))
}

export function getRoleByName(db: Db, name: string): Promise<Role | undefined> {
  return coded(async () => (await db.select().from(roles).where(eq(roles.name, name)))[0])
}
