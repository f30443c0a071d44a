import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

export interface KeyUsage {
  readonly keyId: string
  /** Uses since the last report. */
  readonly count: number
  readonly lastUsedAt: Date
}

/**
 * Adds the uses that a process counted to its keys, in one statement. Writes only the two columns of use, and the rows in the
 * order of their ids, so that reports of several processes do not block each other.
 */
export function recordKeyUsage(db: Db, usage: readonly KeyUsage[]): Promise<void> {
  return coded(async () => {
    if (usage.length === 0) return
    const rows = usage.map(({ keyId, count, lastUsedAt }) => ({
      id: keyId,
      count,
      at: lastUsedAt.toISOString(),
    }))
    await db.execute(sql`
      with used as (
        select id, sum(count) as count, max(at) as at
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as u (id text, count bigint, at timestamptz)
        group by id
      ), locked as (
        select k.id from api_keys k join used using (id) order by k.id for no key update of k
      )
      update api_keys k
      set usage_count = k.usage_count + used.count, last_used_at = greatest(k.last_used_at, used.at)
      from used join locked using (id)
      where k.id = used.id`)
  })
}
