import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/**
 * Milliseconds for which the spoke of a workspace is not attached, counted from the start of the turn if that is later; undefined while it is attached,
 * and for a workspace without one.
 */
export function readSpokeAway(
  db: Db,
  workspaceId: string,
  turnId: string,
): Promise<number | undefined> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select extract(epoch from now() - greatest(coalesce(s.disconnected_at, s.suspended_at, now()), t.started_at)) * 1000 as ms
      from workspaces w join spokes s on s.id = w.spoke_id cross join turns t
      where w.id = ${workspaceId} and t.id = ${turnId} and s.status <> 'connected'`)) as unknown as {
      ms: unknown
    }[]
    return row === undefined ? undefined : Math.max(0, Number(row.ms))
  })
}

/** Makes sessions due that wait for a spoke which is attached again. Gives them. */
export function wakeForSpokes(db: Db): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      update sessions r set wake_seq = r.wake_seq + 1, wake_at = now(), updated_at = now()
      from workspaces w join spokes s on s.id = w.spoke_id
      where r.id in (select session_id from turn_waits where kind = 'spoke') and r.status = 'waiting'
        and (r.wake_at is null or r.wake_at > now()) and w.id = r.workspace_id and s.status = 'connected'
      returning r.id`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}
