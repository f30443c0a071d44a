import { and, eq, gte, isNull, sql } from 'drizzle-orm'
import type { Db } from '../database/types.ts'
import { messages } from '../schema/sessions/messages.ts'
import { appendSessionEvents } from './session-events.ts'

/** Takes a message and all later ones of a locked session out of the conversation. */
export async function revertMessages(
  tx: Db,
  sessionId: string,
  { id, position }: { readonly id: string; readonly position: number },
): Promise<void> {
  await tx
    .update(messages)
    .set({ revertedAt: sql`now()` })
    .where(
      and(
        eq(messages.sessionId, sessionId),
        gte(messages.position, position),
        isNull(messages.revertedAt),
      ),
    )
  await appendSessionEvents(tx, sessionId, [{ type: 'messages.reverted', data: { messageId: id } }])
}

/** Puts back what the latest revert took out. False when nothing is reverted, or a message came after it. */
export async function restoreMessages(tx: Db, sessionId: string): Promise<boolean> {
  const rows = (await tx.execute(sql`
    with latest as (select max(reverted_at) as at, max(seq) filter (where reverted_at is null) as seq from messages where session_id = ${sessionId}),
      back as (
        update messages m set reverted_at = null, updated_at = now() from latest
        where m.session_id = ${sessionId} and m.reverted_at = latest.at
          and coalesce(latest.seq, 0) < (select min(seq) from messages where session_id = ${sessionId} and reverted_at = latest.at)
        returning m.id, m.position)
    select id from back order by position limit 1`)) as unknown as { id: string }[]
  const first = rows[0]
  if (first === undefined) return false
  await appendSessionEvents(tx, sessionId, [
    { type: 'messages.restored', data: { messageId: first.id } },
  ])
  return true
}

/**
 * The checkpoint with the files as they were before a message: the latest one of its turn before it, else the start of its turn or of the next turn that
 * changed files. Undefined when no files were changed from the message on.
 */
export async function checkpointBefore(
  db: Db,
  sessionId: string,
  { turnId, position }: { readonly turnId: string; readonly position: number },
): Promise<{ readonly ref: string; readonly tree: string } | undefined> {
  const rows = (await db.execute(sql`
    (select 0 as place, s.checkpoint_ref as ref, s.checkpoint_tree as tree, m.position as at
     from turn_steps s join messages m on m.id = s.message_id
     where s.session_id = ${sessionId} and s.turn_id = ${turnId} and s.checkpoint_ref is not null and m.position < ${position}::bigint
     order by m.position desc limit 1)
    union all
    (select 1, s.checkpoint_ref, s.checkpoint_tree, 0
     from turn_steps s where s.session_id = ${sessionId} and s.turn_id >= ${turnId} and s.step = 0
     order by s.turn_id limit 1)
    order by place limit 1`)) as unknown as { ref: string; tree: string }[]
  return rows[0]
}

/** The position to which the latest revert of a session went, undone or not; undefined when there was none. */
export async function latestRevertPosition(db: Db, sessionId: string): Promise<number | undefined> {
  const [row] = (await db.execute(sql`
    select m.position from session_events e
    join messages m on m.id = e.data::jsonb ->> 'messageId' and m.session_id = e.session_id
    where e.session_id = ${sessionId} and e.type = 'messages.reverted'
    order by e.seq desc limit 1`)) as unknown as { position: unknown }[]
  return row?.position == null ? undefined : Number(row.position)
}
