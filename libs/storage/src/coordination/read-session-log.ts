import { sql } from 'drizzle-orm'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** The latest tool calls and steps that are read of a session. */
const MAX_CALLS = 300
const MAX_STEPS = 500
/** Characters of an error or an input. */
const MAX_TEXT = 4096

/** A tool call as detection needs it. Times in milliseconds since the epoch; texts as hashes. */
export interface LoggedCallRow {
  readonly id: string
  readonly at: number
  readonly endedAt: number | null
  readonly operation: string
  readonly input: string
  readonly result: string | null
  readonly status: string
  /** The beginning of its error, as JSON. */
  readonly error: string | null
  /** The input of a call that wrote a file, as JSON; of a long one both ends. */
  readonly file: string | null
}

/** What detection reads of a session. */
export interface SessionLogRow {
  readonly id: string
  readonly accountId: string | null
  readonly orgId: string | null
  readonly title: string
  readonly parentId: string | null
  readonly status: string
  readonly progressAt: number
  readonly personAt: number
  readonly parentStatus: string | null
  readonly parentSince: number | null
  readonly liveChildren: number
  readonly spawns: readonly number[]
  readonly compactions: readonly number[]
  readonly calls: readonly LoggedCallRow[]
  readonly steps: readonly { readonly at: number; readonly tokens: number }[]
  readonly tokenLimit: number | null
  readonly tokensUsed: number | null
  readonly touches: readonly string[]
}

/** Which sessions are looked at next. */
interface WatchPage {
  /** Kinds of findings. */
  readonly kinds: readonly string[]
  /** The session that was looked at last; empty: from the first one on. */
  readonly afterId: string
  readonly limit: number
}

/** Sessions in the order of their ids: agents that work, and `idle` ones with an open finding of these kinds, which may be over. */
export function findSessionsToWatch(
  db: Db,
  { kinds, afterId, limit }: WatchPage,
): Promise<{ readonly id: string; readonly isIdle: boolean }[]> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select s.id, s.status = 'idle' as "isIdle" from sessions s
      where s.mode = 'agent' and s.id > ${afterId} and s.id in (
        select id from sessions where status in ('queued', 'running', 'waiting')
        union all
        select d.subject_id from detections d
        where d.subject_type = 'session' and d.resolved_at is null and d.kind = any(${textArray(kinds)}))
        and s.status in ('queued', 'running', 'waiting', 'idle')
      order by s.id limit ${limit}::int`)
    return rows as unknown as { id: string; isIdle: boolean }[]
  })
}

/** Both ends of a text: a model may write the members of an input in any order. */
const ends = (text: ReturnType<typeof sql>) =>
  sql`case when length(${text}) <= 2 * ${MAX_TEXT}::int then ${text} else left(${text}, ${MAX_TEXT}::int) || right(${text}, ${MAX_TEXT}::int) end`
const ms = (at: ReturnType<typeof sql>) => sql`(extract(epoch from ${at}) * 1000)::float8`

/** Reads the logs of sessions, in one statement. */
export function readSessionLogs(db: Db, ids: readonly string[]): Promise<SessionLogRow[]> {
  if (ids.length === 0) return Promise.resolve([])
  return coded(async () => {
    const rows = await db.execute(sql`
      select s.id, s.account_id as "accountId", p.org_id as "orgId", s.title, s.parent_id as "parentId", s.status::text as status,
        ${ms(sql`greatest(s.progress_at, s.state_since)`)} as "progressAt",
        coalesce((select max(${ms(sql`m.created_at`)}) from messages m
          where m.session_id = s.id and m.role = 'user' and m.mode is not null and m.sender_session_id is null), 0) as "personAt",
        above.status::text as "parentStatus", ${ms(sql`above.state_since`)} as "parentSince",
        (select count(*)::int from sessions c where c.parent_id = s.id and c.status not in ('done', 'failed', 'aborted', 'archived')) as "liveChildren",
        coalesce((select jsonb_agg(${ms(sql`m.created_at`)} order by m.created_at) from mappings m where m.parent_session_id = s.id), '[]') as spawns,
        coalesce((select jsonb_agg(${ms(sql`x.created_at`)} order by x.created_at) from parts x
          where x.session_id = s.id and x.type = 'compaction'), '[]') as compactions,
        coalesce((select jsonb_agg(jsonb_build_object('id', c.id, 'at', ${ms(sql`c.created_at`)}, 'endedAt', ${ms(sql`c.ended_at`)},
            'operation', coalesce(c.operation_name, c.tool_name), 'input', md5(c.input), 'status', c.status,
            'result', md5(coalesce(c.output, '') || coalesce(c.error, '')), 'error', left(c.error, ${MAX_TEXT}::int),
            'file', case when c.status = 'done' and c.operation_name ~ 'fs\\.(write|edit)$' then ${ends(sql`c.input`)} end) order by c.id)
          from (select * from tool_calls t where t.session_id = s.id order by t.id desc limit ${MAX_CALLS}::int) c), '[]') as calls,
        coalesce((select jsonb_agg(jsonb_build_object('at', ${ms(sql`e.created_at`)},
            'tokens', coalesce(e.input_tokens, 0) + coalesce(e.output_tokens, 0)) order by e.id)
          from (select * from turn_steps t where t.session_id = s.id order by t.id desc limit ${MAX_STEPS}::int) e), '[]') as steps,
        b.limit_amount::float8 as "tokenLimit", b.spent::float8 as "tokensUsed", coalesce(k.touches, '{}') as touches
      from sessions s
      join projects p on p.id = s.project_id
      left join sessions above on above.id = s.parent_id
      left join budgets b on b.subject_type = 'session' and b.subject_id = s.id and b.unit = 'tokens' and b.period = 'total'
        and b.model = '' and b.closed_at is null
      left join mappings w on w.session_id = s.id and w.status = 'active'
      left join tasks k on k.id = w.task_id
      where s.id = any(${textArray(ids)})`)
    return rows as unknown as SessionLogRow[]
  })
}
