import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Key } from '../paging/keyset.ts'
import { approvals } from '../schema/approvals/approvals.ts'
import type { InboxColumns, InboxRow, InboxSource } from './inbox-source.ts'

/** An order of the entries of the inbox, by columns that identify an entry. */
export interface InboxOrder {
  /** Columns that stand for those of every source. */
  readonly columns: readonly AnyPgColumn[]
  readonly direction: 'asc' | 'desc'
  /** The condition for the entries after a key. */
  after(columns: InboxColumns, key: readonly (string | number)[]): SQL
  /** The first entries of a source. */
  first(source: InboxSource, select: SQL, limit: number): SQL
  /** `order by` of entries of all sources. */
  readonly by: SQL
  keyOf(row: InboxRow): Key
}

/** The columns of a source by their names, as the `select` of each gives them. */
export const ENTRIES = sql`entries
  (kind, id, at, title, account_id, org_id, subject_type, subject_id, detail, severity, deadline, session_id, default_decision,
  asked_of)`

/** The newest first. */
export const NEWEST: InboxOrder = {
  columns: [approvals.createdAt, approvals.id],
  direction: 'desc',
  after: ({ at, id }, [atKey, idKey]) =>
    sql`(${at}, ${id}) < (${atKey}::timestamptz, ${idKey}::text)`,
  first: (_source, select, limit) => sql`(${select} order by 3 desc, 2 desc limit ${limit}::int)`,
  by: sql`at desc, id desc`,
  keyOf: ({ at, id }) => [at, id],
}

/**
 * The nearest deadline first, then what holds up a plan most, then what waits longest. `slack` is by session; what has no deadline, or no slack, comes
 * after all that has. Slack changes with the plan, and so an entry may move between two pages.
 */
export function urgentOrder(slack: ReadonlyMap<string, number>): InboxOrder {
  const bySession = JSON.stringify(Object.fromEntries(slack))
  const deadlineOf = (deadline: SQL = sql`null::timestamptz`): SQL =>
    sql`coalesce(${deadline}, 'infinity'::timestamptz)`
  const slackOf = (sessionId: SQL = sql`null::text`): SQL =>
    sql`coalesce((${bySession}::text::jsonb ->> ${sessionId})::float8, 'infinity'::float8)`
  const by = sql`${deadlineOf(sql`deadline`)}, ${slackOf(sql`session_id`)}, at, id`
  return {
    // Slack is a text in the key, because JSON has no infinity.
    columns: [approvals.deadline, approvals.id, approvals.createdAt, approvals.id],
    direction: 'asc',
    after: ({ at, id, deadline, sessionId }, [deadlineKey, slackKey, atKey, idKey]) =>
      sql`(${deadlineOf(deadline)}, ${slackOf(sessionId)}, ${at}, ${id})
        > (${deadlineKey}::timestamptz, ${slackKey}::text::float8, ${atKey}::timestamptz, ${idKey}::text)`,
    first: ({ isPlain = false }, select, limit) =>
      isPlain
        ? sql`(${select} order by 3, 2 limit ${limit}::int)`
        : sql`(select * from (${select}) as ${ENTRIES} order by ${by} limit ${limit}::int)`,
    by,
    keyOf: ({ deadline, sessionId, at, id }) => [
      deadline ?? 'infinity',
      String(slack.get(sessionId ?? '') ?? 'infinity'),
      at,
      id,
    ],
  }
}
