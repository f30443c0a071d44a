import { sql } from 'drizzle-orm'
import { coded } from './storage-error.ts'
import type { Db } from './types.ts'

const NAME_OF_SEGMENT = 'pg_walfile_name(pg_lsn)'
const WRITTEN_UNTIL = 'pg_current_wal_lsn()'

/**
 * The timeline that PostgreSQL writes: its number rises when a standby is promoted and when a backup is restored to a point in time. Null while the server is a standby;
 * undefined when the user of the hub may not call the functions that tell it, or the server lacks them.
 */
export function readTimeline(db: Db): Promise<number | null | undefined> {
  return coded(async () => {
    // Asked first: a refused statement counts as a problem of the database.
    const [allowed] = (await db.execute(sql`
      select coalesce(has_function_privilege(to_regprocedure(${NAME_OF_SEGMENT}), 'execute')
        and has_function_privilege(to_regprocedure(${WRITTEN_UNTIL}), 'execute'), false) as "isAllowed"`)) as unknown as {
      isAllowed: boolean
    }[]
    if (allowed?.isAllowed !== true) return undefined
    const [row] = (await db.execute(sql`
      select case when not pg_is_in_recovery() then pg_walfile_name(pg_current_wal_lsn()) end as segment`)) as unknown as {
      segment: string | null
    }[]
    // The first eight hexadecimal digits of the name of a segment.
    return row?.segment == null ? null : Number.parseInt(row.segment.slice(0, 8), 16)
  })
}
