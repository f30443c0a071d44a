import { and, eq, gte, isNull, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { messages } from '../schema/sessions/messages.ts'
import { appendSessionEvents } from './session-events.ts'

/** A revert to a message. `undo`: the checkpoint with the files as they were before it, when it changed files. */
export interface Revert {
  readonly id: string
  readonly position: number
  readonly undo?: string | undefined
}

/** Takes a message and all later ones of a locked session out of the conversation. */
export async function revertMessages(
  tx: Db,
  sessionId: string,
  { id, position, undo }: Revert,
): Promise<void> {
  await tx
    .update(messages)
    .set({
      revertedAt: sql`now()`,
      data: sql`(${messages.data} - 'undo') || jsonb_strip_nulls(jsonb_build_object('undo', ${undo ?? null}::text))`,
    })
    .where(
      and(
        eq(messages.sessionId, sessionId),
        gte(messages.position, position),
        isNull(messages.revertedAt),
      ),
    )
  await appendSessionEvents(tx, sessionId, [{ type: 'messages.reverted', data: { messageId: id } }])
}

/** The messages of the latest revert that is not undone, unless a message came after it; one that waits for its turn is not in the conversation yet. */
const latestOf = (sessionId: string): SQL => sql`
  latest as (select max(reverted_at) as at, max(seq) filter (where reverted_at is null and position is not null) as seq from messages where session_id = ${sessionId}),
  undone as (
    select m.id, m.position, m.data ->> 'undo' as undo from messages m, latest
    where m.session_id = ${sessionId} and m.reverted_at = latest.at
      and coalesce(latest.seq, 0) < (select min(seq) from messages where session_id = ${sessionId} and reverted_at = latest.at))`

/** The revert that `restoreMessages` undoes; undefined when there is none. */
export function latestRevert(
  db: Db,
  sessionId: string,
): Promise<{ readonly undo: string | undefined } | undefined> {
  return coded(async () => {
    const [row] = (await db.execute(
      sql`with ${latestOf(sessionId)} select undo from undone limit 1`,
    )) as unknown as { undo: string | null }[]
    return row && { undo: row.undo ?? undefined }
  })
}

/** Puts back what the latest revert took out. False when nothing is reverted, or a message was delivered after it. */
export async function restoreMessages(tx: Db, sessionId: string): Promise<boolean> {
  const rows = (await tx.execute(sql`
    with ${latestOf(sessionId)},
      back as (
        update messages m set reverted_at = null, data = m.data - 'undo', updated_at = now() from undone where m.id = undone.id
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
 * A number that a session has until a turn begins, a revert is stored or one is undone: a revert that is tried again finds what its first try saved, and
 * another one saves the files again.
 */
export function revertNumber(db: Db, sessionId: string): Promise<number> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select coalesce((select max(e.seq) from session_events e
        where e.session_id = s.id and e.type in ('turn.started', 'messages.reverted', 'messages.restored')), s.event_seq) as nr
      from sessions s where s.id = ${sessionId}`)) as unknown as { nr: unknown }[]
    return Number(row?.nr ?? 0)
  })
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
