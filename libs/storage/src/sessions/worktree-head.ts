import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** No head is expected in the workspace of a session any more, until one is remembered. In a transaction of the turn. */
export function forgetHead(tx: Db, sessionId: string): Promise<void> {
  return coded(async () => {
    await tx.execute(sql`
      update workspaces w set expected_head = null, updated_at = now()
      from sessions s where s.id = ${sessionId} and w.id = s.workspace_id and w.expected_head is not null`)
  })
}

/**
 * The head that is expected in the workspace of a session from now on; null: none is compared. Stays unknown after a call of the turn that may still run: its
 * outcome is unknown, or it has none. In a transaction of the turn.
 */
export function rememberHead(
  tx: Db,
  {
    sessionId,
    turnId,
    head,
  }: { readonly sessionId: string; readonly turnId: string; readonly head: string | null },
): Promise<boolean> {
  return coded(async () => {
    const rows = await tx.execute(sql`
      update workspaces w set head = ${head}, expected_head = ${head}, updated_at = now()
      from sessions s where s.id = ${sessionId} and w.id = s.workspace_id
        and not exists (select 1 from tool_calls c where c.turn_id = ${turnId} and c.status in ('dispatched', 'unknown', 'cancelled'))
      returning w.id`)
    return rows.length > 0
  })
}
