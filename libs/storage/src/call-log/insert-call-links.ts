import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

export interface CallLink {
  /** The call whose result was needed. */
  readonly sourceId: string
  /** The call that needed it. */
  readonly targetId: string
}

/**
 * Writes `depends_on` edges between calls, which need not be in the call log yet. Existing edges are not changed. Returns how
 * many were written. Throws VALIDATION_ERROR for an id that is not a UUID, and for a call that depends on itself; then none is written.
 */
export function insertCallLinks(db: Db, links: readonly CallLink[]): Promise<number> {
  return coded(async () => {
    const sources = links.map(({ sourceId }) => sourceId)
    const targets = links.map(({ targetId }) => targetId)
    const rows = await db.execute(sql`
      insert into call_links (source_id, target_id)
      select distinct source_id, target_id
      from unnest(${sql.param(sources)}::uuid[], ${sql.param(targets)}::uuid[]) as link (source_id, target_id)
      order by source_id, target_id
      on conflict (source_id, target_id) do nothing`)
    return rows.count
  })
}
