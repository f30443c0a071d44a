import { sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { interval } from '../database/sql-values.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { dropResource } from '../identity/drop-resource.ts'

/** Spokes of one transaction, because each has up to 500 operations. */
const MAX_SPOKES = 100

/**
 * Deletes spokes that have been disconnected for `keptMs` milliseconds and have no workspace that is in use, as `deleteSpoke` does: their names become free,
 * keys and grants lose their rights on them, their calls stay. At most `limit` of them; returns how many.
 */
export async function pruneSpokes(db: Db, keptMs: number, limit: number): Promise<number> {
  let deleted = 0
  while (deleted < limit) {
    const most = Math.min(MAX_SPOKES, limit - deleted)
    // oxlint-disable-next-line no-await-in-loop -- one transaction at a time
    const count = await pruneSome(db, keptMs, most)
    deleted += count
    if (count < most) break
  }
  return deleted
}

function pruneSome(db: Db, keptMs: number, limit: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    const rows = (await tx.execute(sql`
      delete from spokes where id in (
        select s.id from spokes s
        where s.status = 'disconnected' and s.disconnected_at < now() - ${interval(keptMs)}
          and not exists (select from workspaces w where w.spoke_id = s.id and w.status = 'active')
        order by s.id limit ${limit}::int for update skip locked)
      returning id, name`)) as unknown as { id: string; name: string }[]
    if (rows.length === 0) return 0
    for (const { name } of rows) await dropResource(tx, `spoke:${name}`)
    await appendRegistryChange(
      tx,
      'spoke-removed',
      rows.map(({ id }) => id),
    )
    return rows.length
  })
}
