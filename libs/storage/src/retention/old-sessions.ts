import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import { interval } from '../database/sql-values.ts'
import type { Db } from '../database/types.ts'

/** The ids of sessions that were archived before `keptMs` milliseconds, with no session below that is not archived; those first that were archived first. */
export function findOldSessions(db: Db, keptMs: number, limit: number): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      select s.id from sessions s
      where s.status = 'archived' and s.archived_at < now() - ${interval(keptMs)}
        and not exists (select from sessions c where c.parent_id = s.id and c.status <> 'archived')
      order by s.archived_at, s.id limit ${limit}::int`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}
