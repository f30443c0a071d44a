import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/**
 * Deletes calls of models, with their attempts, that ended before `keptMs` milliseconds ago. At most `limit`; returns how many. Amounts that budgets
 * have spent stay.
 */
export function pruneUsage(db: Db, keptMs: number, limit: number): Promise<number> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      with old as (
        delete from inference_usage where id in (
          select id from inference_usage
          where started_at < now() - ${keptMs / 1000}::double precision * interval '1 second'
            and ended_at < now() - ${keptMs / 1000}::double precision * interval '1 second'
          order by started_at limit ${limit}::int)
        returning id),
      attempts as (delete from inference_attempts where call_id in (select id from old))
      select count(*)::int as rows from old`)) as unknown as { rows: number }[]
    return row?.rows ?? 0
  })
}
