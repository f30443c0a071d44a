import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { messages } from '../schema/sessions/messages.ts'
import { readMessages } from '../sessions/messages.ts'
import type { MessageView } from '../sessions/messages.ts'

/** What a session that is awaited has come to. */
export interface AwaitedRow {
  readonly id: string
  readonly title: string
  readonly status: string
  /** It is final, or it is idle and no message waits. */
  readonly ended: boolean
  readonly work: string | null
  readonly outcome: string | null
  readonly result: string | null
  readonly report: string | null
  readonly endReason: string | null
  /** The text of its last answer; 4,000 characters at most. */
  readonly lastText: string | null
}

/** The sessions that a session spawned and whose work is not over; in the order in which it spawned them. */
export function findLiveChildren(db: Db, parentId: string): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      select s.id from sessions s
      where s.parent_id = ${parentId} and s.status not in ('done', 'failed', 'aborted', 'archived')
      order by s.id limit 64`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/** Reads the sessions in the order of `ids`; those that do not exist are left out. */
export function readAwaited(db: Db, ids: readonly string[]): Promise<AwaitedRow[]> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select s.id, s.title, s.status::text as status, ${ENDED} as ended,
        m.status::text as work, m.outcome::text as outcome, m.result, m.report, s.end_reason::text as "endReason",
        (select left(string_agg(p.data->>'text', '' order by p.idx), 4000) from parts p
          where p.type = 'text' and p.message_id = (
            select a.id from messages a where a.session_id = s.id and a.role = 'assistant' and a.position is not null and a.reverted_at is null
            order by a.position desc limit 1)) as "lastText"
      from unnest(${textArray(ids)}) with ordinality as wanted(id, at)
      join sessions s on s.id = wanted.id
      left join lateral (
        select * from mappings m where m.session_id = s.id order by (m.status = 'active') desc, m.id desc limit 1) m on true
      order by wanted.at`)
    return rows as unknown as AwaitedRow[]
  })
}

const ENDED = sql`
  (s.status in ('done', 'failed', 'aborted', 'archived') or (s.status = 'idle' and s.turn_id is null))`

/**
 * Counts those of the sessions that have ended. Their rows are locked until the transaction ends, so that none of them ends unseen before a wait for it
 * is stored.
 */
export async function countEndedLocked(tx: Db, ids: readonly string[]): Promise<number> {
  const rows = (await tx.execute(sql`
    select ${ENDED} as ended from sessions s where s.id = any(${textArray(ids)}) order by s.id for share`)) as unknown as {
    ended: boolean
  }[]
  return rows.filter(({ ended }) => ended).length
}

/** Makes sessions due that wait for something that has happened, for which no process woke them. Gives them. */
export function wakeFired(db: Db): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      update sessions set wake_seq = wake_seq + 1, wake_at = now(), updated_at = now()
      where status = 'waiting' and (wake_at is null or wake_at > now())
        and id in (select session_id from turn_waits where kind = 'child' and fired_at is not null)
      returning id`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/**
 * Makes sessions due that wait for the answer of a session above which will not give it: it has ended or is deleted, or its turn has ended, and no message starts another one.
 * Gives them.
 */
export function wakeUnanswered(db: Db): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      update sessions set wake_seq = wake_seq + 1, wake_at = now(), updated_at = now()
      where status = 'waiting' and (wake_at is null or wake_at > now()) and id in (
        select a.session_id from approvals a left join sessions s on s.id = substr(a.asked_of[1], 9)
        where a.status = 'open' and a.kind = 'tool' and a.asked_of[1] like 'session:%' and (s.id is null or ${IS_AT_REST}))
      returning id`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/** Makes sessions due that wait for queued calls, one of which has ended. Gives them. */
export function wakeForCalls(db: Db): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      update sessions set wake_seq = wake_seq + 1, wake_at = now(), updated_at = now()
      where status = 'waiting' and (wake_at is null or wake_at > now()) and id in (
        select w.session_id from turn_waits w join queued_calls q on q.id = w.ref
        where w.kind = 'call' and w.fired_at is null and q.ended_at is not null)
      returning id`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/**
 * Makes sessions due that wait with the rights of a grant or key that ended meanwhile, or just before: their turns end, and with them their questions. Gives them.
 */
export function wakeRevoked(db: Db): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      with recursive used as (
        select s.id, s.state_since - interval '10 seconds' as since, t.grant_id, 0 as level from sessions s join turns t on t.id = s.turn_id
        where s.status = 'waiting' and (s.wake_at is null or s.wake_at > now())
        union all
        select u.id, u.since, g.parent_grant_id, u.level + 1 from used u join grants g on g.id = u.grant_id
        where g.parent_grant_id is not null and u.level < 64)
      update sessions set wake_seq = wake_seq + 1, wake_at = now(), updated_at = now() where id in (
        select u.id from used u join grants g on g.id = u.grant_id join api_keys k on k.id = g.key_id
        where g.revoked_at > u.since or k.revoked_at > u.since or (not k.enabled and k.updated_at > u.since)
          or (g.expires_at > u.since and g.expires_at <= now()) or (k.expires_at > u.since and k.expires_at <= now()))
      returning id`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/** A session `s` that works on no turn and will not before it gets another message. */
const IS_AT_REST = sql`(s.turn_id is null and s.status not in ('queued', 'running'))`

/** Open budgets of sessions that have ended, which are part of another one. */
export function findEndedBudgets(db: Db, limit: number): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      select b.id from budgets b join sessions s on s.id = b.subject_id
      where b.subject_type = 'session' and b.parent_id is not null and b.closed_at is null
        and s.status in ('done', 'failed', 'aborted', 'archived')
        and not exists (
          with recursive below (id, status, level) as (
            select c.id, c.status, 1 from sessions c where c.parent_id = s.id
            union all
            select c.id, c.status, p.level + 1 from below p join sessions c on c.parent_id = p.id where p.level < 64)
          select from below where status not in ('done', 'failed', 'aborted', 'archived'))
      limit ${limit}::int`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/** Is a message there that the turn of the session gets before its next step? */
export function hasSteer(db: Db, sessionId: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select 1 from messages where session_id = ${sessionId} and delivery = 'accepted' and mode = 'steer' limit 1`)
    return rows.length > 0
  })
}

/** Does a turn of the session wait for that one? */
export function isAwaited(tx: Db, sessionId: string, awaitedId: string): Promise<boolean> {
  return coded(async () => {
    const rows = await tx.execute(sql`
      select 1 from turn_waits where session_id = ${sessionId} and kind = 'child' and ref = ${awaitedId} limit 1`)
    return rows.length > 0
  })
}

/** Calls of the turn of a session that have not ended, without those of `coord.notify`. */
export function countOtherCalls(db: Db, turnId: string): Promise<number> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select count(*)::int as n from tool_calls
      where turn_id = ${turnId} and ended_at is null and coalesce(operation_name, '') <> 'coord.notify'`)) as unknown as {
      n: number
    }[]
    return row?.n ?? 0
  })
}

/** Messages that were sent to an external session after a number, oldest first. Those up to that number count as read. */
export function readMessagesAfter(
  db: Db,
  sessionId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<MessageView[]> {
  return coded(async () => {
    const rows = await db
      .select()
      .from(messages)
      .where(and(eq(messages.sessionId, sessionId), gt(messages.seq, after)))
      .orderBy(asc(messages.seq))
      .limit(limit)
    await db.execute(sql`
      update messages set delivery = 'answered' where session_id = ${sessionId} and seq <= ${after} and delivery = 'accepted'
        and exists (select 1 from sessions s where s.id = ${sessionId} and s.mode = 'external')`)
    return readMessages(db, rows)
  })
}
