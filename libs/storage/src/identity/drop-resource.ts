import { sql } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import type { Db } from '../database/types.ts'
import { apiKeys } from '../schema/identity/api-keys.ts'
import { grants } from '../schema/identity/grants.ts'

/**
 * Removes every action on a resource (`type:id`) from all keys and grants, and notifies every process. Call it in the transaction that
 * deletes the resource. Actions on all of its type (`type:*`) stay.
 */
export async function dropResource(tx: Db, resource: string): Promise<void> {
  const keys = await tx
    .update(apiKeys)
    .set({ resources: sql`${apiKeys.resources} - ${resource}::text` })
    .where(sql`jsonb_exists(${apiKeys.resources}, ${resource})`)
    .returning({ id: apiKeys.id })
  const given = await tx
    .update(grants)
    .set({ resources: sql`${grants.resources} - ${resource}::text` })
    .where(sql`jsonb_exists(${grants.resources}, ${resource})`)
    .returning({ id: grants.id })
  const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id)
  if (keys.length > 0) await appendIdentityChange(tx, 'key', ids(keys))
  if (given.length > 0) await appendIdentityChange(tx, 'grant', ids(given))
}
