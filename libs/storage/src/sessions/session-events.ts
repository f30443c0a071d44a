import { and, asc, eq, gt, inArray, or, sql } from 'drizzle-orm'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import { sessionEvents } from '../schema/sessions/session-events.ts'

/** An event that is to be stored. `data` is what it has beside its type. */
export interface NewSessionEvent {
  readonly type: string
  readonly data: unknown
}

export interface StoredSessionEvent {
  readonly seq: number
  readonly type: string
  /** JSON. */
  readonly data: string
  readonly createdAt: Date
}

/**
 * Numbers events and stores them, in the transaction of what they report. The update locks the session, so that events have the order of the
 * commits. Gives the number of the last one.
 */
export async function appendSessionEvents(
  tx: Db,
  sessionId: string,
  events: readonly NewSessionEvent[],
): Promise<number> {
  if (events.length === 0) return 0
  const [row] = (await tx.execute(sql`
    with numbered as (
      update sessions set event_seq = event_seq + ${events.length}::int, progress_at = now(), last_activity_at = now(), updated_at = now()
      where id = ${sessionId} returning event_seq),
    stored as (
      insert into session_events (session_id, seq, type, data)
      select ${sessionId}, n.event_seq - ${events.length}::int + e.nr, e.type, e.data
      from numbered n cross join unnest(${textArray(events.map(({ type }) => type))},
        ${textArray(events.map(({ data }) => JSON.stringify(data)))}) with ordinality as e(type, data, nr))
    select event_seq as seq from numbered`)) as unknown as { seq: unknown }[]
  return Number(row?.seq ?? 0)
}

/** The same for several sessions in one statement, in a transaction that has locked them. */
export async function appendEventsOf(
  tx: Db,
  events: ReadonlyMap<string, readonly NewSessionEvent[]>,
): Promise<void> {
  const all = [...events].flatMap(([id, some]) => some.map((one) => ({ ...one, id })))
  if (all.length === 0) return
  await tx.execute(sql`
    with given as (
      select e.id, e.type, e.data, row_number() over (partition by e.id order by e.nr) as nr, count(*) over (partition by e.id) as n
      from unnest(${textArray(all.map(({ id }) => id))}, ${textArray(all.map(({ type }) => type))},
        ${textArray(all.map(({ data }) => JSON.stringify(data)))}) with ordinality as e(id, type, data, nr)),
    numbered as (
      update sessions s set event_seq = s.event_seq + g.n, progress_at = now(), last_activity_at = now(), updated_at = now()
      from (select distinct id, n from given) g where s.id = g.id returning s.id, s.event_seq - g.n as before)
    insert into session_events (session_id, seq, type, data)
    select n.id, n.before + g.nr, g.type, g.data from numbered n join given g on g.id = n.id`)
}

/** Events after a position, in their order: at most `limit`, and at most `maxBytes` of data, but for the first one. */
export function readSessionEvents(
  db: Db,
  sessionId: string,
  {
    after,
    limit,
    maxBytes,
  }: { readonly after: number; readonly limit: number; readonly maxBytes: number },
): Promise<StoredSessionEvent[]> {
  return coded(() => {
    const next = db.$with('next').as(
      db
        .select({
          seq: sessionEvents.seq,
          bytes:
            sql<number>`sum(octet_length(${sessionEvents.data})) over (order by ${sessionEvents.seq})`.as(
              'bytes',
            ),
          number: sql<number>`row_number() over (order by ${sessionEvents.seq})`.as('number'),
        })
        .from(sessionEvents)
        .where(and(eq(sessionEvents.sessionId, sessionId), gt(sessionEvents.seq, after)))
        .orderBy(asc(sessionEvents.seq))
        .limit(limit),
    )
    return db
      .with(next)
      .select({
        seq: sessionEvents.seq,
        type: sessionEvents.type,
        data: sessionEvents.data,
        createdAt: sessionEvents.createdAt,
      })
      .from(next)
      .innerJoin(
        sessionEvents,
        and(eq(sessionEvents.sessionId, sessionId), eq(sessionEvents.seq, next.seq)),
      )
      .where(or(sql`${next.bytes} <= ${maxBytes}::numeric`, sql`${next.number} = 1`))
      .orderBy(asc(next.seq))
  })
}

/** The number of the oldest event that is kept; undefined when there is none. */
export function oldestSessionEvent(db: Db, sessionId: string): Promise<number | undefined> {
  return coded(async () => {
    const [row] = await db
      .select({ seq: sessionEvents.seq })
      .from(sessionEvents)
      .where(eq(sessionEvents.sessionId, sessionId))
      .orderBy(asc(sessionEvents.seq))
      .limit(1)
    return row?.seq
  })
}

/** Events of one session that are kept; a watcher further behind gets a snapshot. */
const MAX_SESSION_EVENTS = 10_000

/** Deletes events that are older than `olderMs` milliseconds, and those of a session before its latest `most`. At most `limit`; gives how many. */
export function pruneSessionEvents(
  db: Db,
  { olderMs, limit, most = MAX_SESSION_EVENTS }: PruneSessionEvents,
): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from session_events where (session_id, seq) in (
        select session_id, seq from (
          (select session_id, seq from session_events
            where created_at < now() - ${olderMs / 1000}::double precision * interval '1 second'
            order by created_at limit ${limit}::int)
          union
          (select e.session_id, e.seq from sessions s join session_events e on e.session_id = s.id and e.seq <= s.event_seq - ${most}::bigint
            where s.event_seq > ${most}::bigint limit ${limit}::int)) old
        limit ${limit}::int) returning seq`)
    return rows.length
  })
}

interface PruneSessionEvents {
  readonly olderMs: number
  readonly limit: number
  readonly most?: number
}

/** The number of the latest event of each session that is there. */
export function readSessionPositions(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  return coded(async () => {
    const rows = await db
      .select({ id: sessions.id, seq: sessions.eventSeq })
      .from(sessions)
      .where(inArray(sessions.id, [...ids]))
    return new Map(rows.map(({ id, seq }) => [id, seq]))
  })
}
