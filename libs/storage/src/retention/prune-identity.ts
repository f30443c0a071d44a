import { sql } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import { interval } from '../database/sql-values.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'

/** The setting of a transaction in which the trigger of the audit log allows deletes. */
const PRUNE_AUDIT = 'alkhub.prune_audit'

/** How the tag begins that only a log-in to the console gives its key. */
const LOG_IN = 'console-of:'

/**
 * Deletes keys, with their grants, that were revoked or replaced, or that a log-in to the console made, and whose end is older than `keptMs` milliseconds. Any other key
 * that has expired stays: its owner can prolong it. At most `limit`; returns how many.
 */
export function pruneEndedKeys(db: Db, keptMs: number, limit: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    const rows = (await tx.execute(sql`
      delete from api_keys where id in (
        select id from api_keys
        where coalesce(revoked_at, case
          when rotated_to is not null or exists (select from unnest(tags) t where starts_with(t, ${LOG_IN})) then expires_at
        end) < now() - ${interval(keptMs)}
        order by id limit ${limit}::int)
      returning id`)) as unknown as { id: string }[]
    if (rows.length > 0)
      await appendIdentityChange(
        tx,
        'key',
        rows.map(({ id }) => id),
      )
    return rows.length
  })
}

/** Deletes entries of the audit log older than `keptMs` milliseconds. At most `limit`; returns how many. */
export function pruneAudit(db: Db, keptMs: number, limit: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    await tx.execute(sql`select set_config(${PRUNE_AUDIT}, 'on', true)`)
    const rows = await tx.execute(sql`
      delete from audit_logs where id in (
        select id from audit_logs where created_at < now() - ${interval(keptMs)} order by created_at, id limit ${limit}::int)
      returning id`)
    return rows.length
  })
}
