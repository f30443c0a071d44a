import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { INPUT_TOKENS, OUTPUT_TOKENS } from './token-sums.ts'

export interface StatusBudget {
  readonly limit: number
  readonly spent: number
  readonly reserved: number
  readonly subtreeSpent: number
}

/** A session of a tree with everything that its coordinator sees. Times are ISO 8601. */
export interface TreeStatusRow {
  readonly id: string
  readonly parentId: string | null
  readonly depth: number
  readonly title: string
  readonly mode: 'agent' | 'external'
  readonly status: string
  readonly waitingOn: string | null
  readonly stateSince: string
  readonly progressAt: string | null
  readonly role: string | null
  readonly model: string | null
  readonly turnId: string | null
  readonly endReason: string | null
  readonly stopReason: string | null
  readonly spawnStep: string | null
  readonly work: {
    readonly status: string
    readonly outcome: string | null
    readonly result: string | null
    readonly report: string | null
  } | null
  readonly task: { readonly slug: string; readonly status: string } | null
  readonly workspace: {
    readonly workspaceId: string
    readonly name: string
    readonly spoke: string | null
    readonly branch: string | null
    readonly head: string | null
    readonly dirty: boolean | null
    readonly ahead: number | null
    readonly ports: { readonly first: number; readonly last: number } | null
  } | null
  readonly merge: {
    readonly mergeId: string
    readonly target: string
    readonly status: string
    readonly reason: string | null
  } | null
  readonly runningCalls: number
  readonly waitingMessages: number
  readonly openApprovals: readonly string[]
  /** For each open approval of whom it is asked; empty: persons. */
  readonly askedOf: readonly (readonly string[])[]
  readonly findings: readonly {
    readonly findingId: string
    readonly kind: string
    readonly severity: string
  }[]
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: number
  readonly costBudget: StatusBudget | null
  readonly tokenBudget: StatusBudget | null
}

export interface ReadTreeStatus {
  /** The tops: one session, or all trees of an account. */
  readonly top: { readonly sessionId: string } | { readonly accountId: string }
  readonly limit: number
  /** Without ended sessions the top of a tree is given while a session below it has not ended; a session that is the top itself always. */
  readonly withEnded: boolean
}

const MAX_TEXT = 2000

/**
 * The sessions of a tree, parents before children, in one statement. Each fact is aggregated for all of them at once, so that the time grows with what
 * they have and not with their number times the number of facts. Their ids are arrays, so that the planner looks them up by index: of a recursive part it
 * expects far more rows than there are, and would read whole tables.
 */
export function readTreeStatus(
  db: Db,
  { top, limit, withEnded }: ReadTreeStatus,
): Promise<TreeStatusRow[]> {
  const isTop =
    'sessionId' in top
      ? sql`id = ${top.sessionId}`
      : sql`account_id = ${top.accountId} and parent_id is null and status <> 'archived'
          and (mode = 'external' or exists (select 1 from sessions c where c.parent_id = sessions.id)
            or exists (select 1 from mappings m where m.session_id = sessions.id))`
  return coded(async () => {
    const rows = await db.execute(sql`
      with recursive tree as (
        select id, array[id] as path from sessions where ${isTop}
        union all
        select s.id, t.path || s.id from tree t join sessions s on s.parent_id = t.id where cardinality(t.path) < 64),
      live as (
        select distinct t.path[1] as top from tree t join sessions s on s.id = t.id
        where s.status not in ('done', 'failed', 'aborted', 'archived')),
      shown as (
        select s.*, tree.path from tree join sessions s on s.id = tree.id
        where ${withEnded} or s.status not in ('done', 'failed', 'aborted', 'archived')
          or (cardinality(tree.path) = 1 and (${'sessionId' in top} or tree.id in (select top from live)))
        order by tree.path limit ${limit}::int),
      work as (
        select distinct on (m.session_id) m.* from mappings m where m.session_id = any(array(select id from shown))
        order by m.session_id, (m.status = 'active') desc, m.id desc),
      calls as (
        select c.turn_id, count(*)::int as n from tool_calls c
        where c.turn_id = any(array(select turn_id from shown where turn_id is not null)) and c.ended_at is null group by 1),
      waiting as (
        select m.session_id, count(*)::int as n from messages m
        where m.session_id = any(array(select id from shown)) and m.delivery = 'accepted' group by 1),
      asked as (
        select a.session_id, array_agg(a.id order by a.id) as ids, jsonb_agg(a.asked_of order by a.id) as of_whom from approvals a
        where a.session_id = any(array(select id from shown)) and a.status = 'open' group by 1),
      found as (
        select d.subject_id, jsonb_agg(jsonb_build_object('findingId', d.id, 'kind', d.kind, 'severity', d.severity) order by d.id) as list
        from detections d where d.subject_type = 'session' and d.subject_id = any(array(select id from shown)) and d.resolved_at is null group by 1),
      used as (
        select u.session_id, sum(${INPUT_TOKENS})::float8 as input, sum(${OUTPUT_TOKENS})::float8 as output,
          coalesce(sum(u.cost_micros), 0)::float8 as cost
        from inference_usage u where u.session_id = any(array(select id from shown)) group by 1),
      merged as (
        select distinct on (session_id) id, session_id, target_branch, status::text as status, reason from merge_queue
        where session_id = any(array(select id from shown)) order by session_id, id desc),
      amounts as (
        select b.subject_id, b.unit, jsonb_build_object('limit', b.limit_amount, 'spent', b.spent, 'reserved', b.reserved,
          'subtreeSpent', b.subtree_spent) as of_unit
        from budgets b where b.subject_type = 'session' and b.subject_id = any(array(select id from shown)) and b.model = ''
          and b.period = 'total' and b.unit in ('cost', 'tokens') and b.closed_at is null),
      budget as (
        select subject_id, (array_agg(of_unit) filter (where unit = 'cost'))[1] as cost,
          (array_agg(of_unit) filter (where unit = 'tokens'))[1] as tokens
        from amounts group by 1)
      select s.id, s.parent_id as "parentId", s.depth, s.title, s.mode::text as mode, s.status::text as status,
        case when s.merge_id is not null and s.status = 'queued' then 'merge' else s.waiting_on::text end as "waitingOn", ${iso(sql`s.state_since`)} as "stateSince", ${iso(sql`s.progress_at`)} as "progressAt",
        s.role_name as role, s.model, s.turn_id as "turnId", s.end_reason::text as "endReason", s.stop_reason as "stopReason",
        nullif(s.spawn_step, 'prompted') as "spawnStep",
        case when w.id is not null then jsonb_build_object('status', w.status, 'outcome', w.outcome, 'result', left(w.result, ${MAX_TEXT}::int),
          'report', left(w.report, ${MAX_TEXT}::int)) end as work,
        case when t.id is not null then jsonb_build_object('slug', t.slug, 'status', t.status) end as task,
        case when p.id is not null then jsonb_build_object('workspaceId', p.id, 'name', p.name, 'spoke', k.name, 'branch', p.branch,
          'head', p.head, 'dirty', i.dirty, 'ahead', p.data -> 'ahead', 'ports', p.data -> 'ports') end as workspace,
        case when m.id is not null then jsonb_build_object('mergeId', m.id, 'target', m.target_branch, 'status', m.status,
          'reason', m.reason) end as merge,
        coalesce(calls.n, 0) as "runningCalls", coalesce(waiting.n, 0) as "waitingMessages",
        coalesce(to_jsonb(asked.ids), '[]') as "openApprovals", coalesce(asked.of_whom, '[]') as "askedOf",
        coalesce(found.list, '[]') as findings,
        coalesce(used.input, 0) as "inputTokens", coalesce(used.output, 0) as "outputTokens", coalesce(used.cost, 0) as cost,
        budget.cost as "costBudget", budget.tokens as "tokenBudget"
      from shown s
      left join work w on w.session_id = s.id
      left join tasks t on t.id = w.task_id
      left join workspaces p on p.id = s.workspace_id
      left join spokes k on k.id = p.spoke_id
      left join worktree_inventory i on i.workspace_id = p.id and i.spoke_id = p.spoke_id
      left join merged m on m.session_id = s.id
      left join calls on calls.turn_id = s.turn_id
      left join waiting on waiting.session_id = s.id
      left join asked on asked.session_id = s.id
      left join found on found.subject_id = s.id
      left join used on used.session_id = s.id
      left join budget on budget.subject_id = s.id
      order by s.path`)
    return rows as unknown as TreeStatusRow[]
  })
}

const iso = (at: ReturnType<typeof sql>) =>
  sql`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
