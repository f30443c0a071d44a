import { sql } from 'drizzle-orm'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** A spoke on which sessions have worktrees, and the session whose rights look at them. */
export interface SpokeToLookAt {
  readonly spokeId: string
  readonly spoke: string
  readonly sessionId: string
  readonly grantId: string
}

/**
 * Attached spokes that have workspaces and that were not looked at for `olderMs` milliseconds, each with the latest session there that has rights. One page by
 * id: those whose ids come after `after`.
 */
export function findSpokesToLookAt(
  db: Db,
  {
    olderMs,
    limit,
    after = '',
  }: { readonly olderMs: number; readonly limit: number; readonly after?: string | undefined },
): Promise<SpokeToLookAt[]> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select distinct on (k.id) k.id as "spokeId", k.name as spoke, s.id as "sessionId", s.grant_id as "grantId"
      from spokes k join workspaces p on p.spoke_id = k.id and p.worktree is not null
      join sessions s on s.workspace_id = p.id
      join grants g on g.id = s.grant_id and g.revoked_at is null and (g.expires_at is null or g.expires_at > now())
      join api_keys a on a.id = g.key_id and a.revoked_at is null and a.enabled and (a.expires_at is null or a.expires_at > now())
      where k.status = 'connected' and k.id > ${after} and (p.status <> 'archived' or s.last_activity_at > now() - interval '1 day')
        and not exists (select 1 from worktree_inventory i where i.spoke_id = k.id
          and i.seen_at > now() - ${olderMs / 1000}::double precision * interval '1 second')
      order by k.id, s.id desc limit ${limit}::int`)
    return rows as unknown as SpokeToLookAt[]
  })
}

/** A worktree that a spoke has. */
export interface SeenWorktree {
  readonly name: string
  readonly branch: string | null
  readonly head: string | null
  readonly locked: boolean
  readonly missing: boolean
  readonly changed: number | null
  /** Commits that only its branch has. */
  readonly ahead?: number | null
  /** The ports that are its own, both included. */
  readonly ports?: { readonly first: number; readonly last: number } | undefined
  readonly diskBytes: number | null
}

/** Names that only `coord.spawn` gives: `s-` and the end of the id of the session. */
const OWN_NAME = '^s-[0-9a-f]{16}$'
/**
 * The names of the worktrees that this hub made, or may have made: another hub to which a spoke of the same folder is attached has sessions of its own there.
 * Without those that are just being made. Read only when a spoke has worktrees that may be left over.
 */
const MADE_HERE = sql`
  select 's-' || right(replace(z.id, '-', ''), 16) from sessions z
  where z.spawn_step is distinct from 'claimed' or z.status in ('done', 'failed', 'aborted', 'archived')`

/**
 * Stores what a spoke has, and compares it with the workspaces there: `no-row` is a worktree that a spawn of this hub made and no workspace has, also at
 * another spoke that serves the same folder, `no-tree` a workspace whose worktree is gone, `branch` one with another branch, `locked` one that git keeps, `archived` one whose workspace is archived. What is missing in a list that is not complete may be there. In a transaction.
 */
export function recordWorktrees(
  tx: Db,
  spokeId: string,
  seen: readonly SeenWorktree[],
  { isComplete = true }: { readonly isComplete?: boolean } = {},
): Promise<void> {
  return coded(async () => {
    await tx.execute(sql`
      with seen as (
        select * from jsonb_to_recordset(${JSON.stringify(seen)}::jsonb)
          as x(name text, branch text, head text, locked boolean, missing boolean, changed int, "diskBytes" bigint)),
      known as (
        select distinct on (p.worktree) p.id, p.worktree as name, p.branch, p.status::text as status from workspaces p
        where p.spoke_id = ${spokeId} and p.worktree is not null order by p.worktree, (p.status <> 'archived') desc, p.id desc),
      compared as (
        select coalesce(s.name, k.name) as name, k.id as workspace_id, s.branch, s.head, s.changed > 0 as dirty,
          case when s.locked then 'locked' end as locked, s."diskBytes" as disk_bytes,
          case
            when (s.name is null or s.missing) and k.status <> 'archived' then 'no-tree'
            when s.missing then null
            when k.id is null and s.name ~ ${OWN_NAME} and not exists (
              select 1 from workspaces w where w.worktree = s.name) and s.name in (${MADE_HERE}) then 'no-row'
            when k.status = 'archived' then 'archived'
            when k.branch is not null and s.branch is distinct from k.branch then 'branch'
            when s.locked then 'locked'
          end as problem
        from seen s full join known k on k.name = s.name
        where s.name is not null or (k.status <> 'archived' and ${isComplete})),
      gone as (
        delete from worktree_inventory i where i.spoke_id = ${spokeId} and ${isComplete} and not exists (select 1 from compared c where c.name = i.name))
      insert into worktree_inventory (spoke_id, name, workspace_id, branch, head, dirty, locked, disk_bytes, problem)
      select ${spokeId}, name, workspace_id, branch, head, dirty, locked, disk_bytes, problem from compared
      on conflict (spoke_id, name) do update set workspace_id = excluded.workspace_id, branch = excluded.branch, head = excluded.head,
        dirty = coalesce(excluded.dirty, worktree_inventory.dirty), locked = excluded.locked,
        disk_bytes = coalesce(excluded.disk_bytes, worktree_inventory.disk_bytes), problem = excluded.problem, seen_at = now(),
        created_at = case when worktree_inventory.problem is distinct from excluded.problem then now() else worktree_inventory.created_at end`)
    await tx.execute(sql`
      update workspaces p set data = coalesce(p.data, '{}') || y.fresh
      from jsonb_to_recordset(${JSON.stringify(seen)}::jsonb) as x(name text, ahead int, ports jsonb),
        lateral (select jsonb_strip_nulls(jsonb_build_object('ahead', x.ahead, 'ports', x.ports)) as fresh) y
      where p.spoke_id = ${spokeId} and p.worktree = x.name and p.status <> 'archived' and not coalesce(p.data, '{}') @> y.fresh`)
  })
}

/** A worktree with a problem that has lasted. */
export interface WorktreeProblem {
  readonly name: string
  readonly problem: string
  readonly dirty: boolean | null
  readonly branch: string | null
  /** Of a live session that works there. */
  readonly sessionId: string | null
  readonly accountId: string | null
}

/** Problems of a spoke that are older than `olderMs` milliseconds: 200, those first about which something can be done. */
export function readWorktreeProblems(
  db: Db,
  spokeId: string,
  olderMs: number,
): Promise<WorktreeProblem[]> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select i.name, i.problem, i.dirty, p.branch, s.id as "sessionId", s.account_id as "accountId" from worktree_inventory i
      left join workspaces p on p.id = i.workspace_id
      left join lateral (
        select id, account_id from sessions where workspace_id = i.workspace_id
          and status not in ('done', 'failed', 'aborted', 'archived') order by id desc limit 1) s on true
      where i.spoke_id = ${spokeId} and i.problem is not null
        and i.created_at < now() - ${olderMs / 1000}::double precision * interval '1 second'
      order by (i.problem = 'no-row' and i.dirty is false) desc, (i.problem in ('no-tree', 'branch') and s.id is not null) desc, i.name
      limit 200`)
    return rows as unknown as WorktreeProblem[]
  })
}

/** Sessions with a worktree on the spoke that has no problem. */
export function readSoundSessions(db: Db, spokeId: string): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      select distinct d.subject_id as id from detections d join sessions s on s.id = d.subject_id
      join worktree_inventory i on i.workspace_id = s.workspace_id
      where d.kind = 'worktree-problem' and d.resolved_at is null and i.spoke_id = ${spokeId}
        and (i.problem is null or s.status in ('done', 'failed', 'aborted', 'archived'))`)) as unknown as {
      id: string
    }[]
    return rows.map(({ id }) => id)
  })
}

/** A process group of a session on a spoke. */
export interface SeenProcess {
  readonly processId: string
  readonly sessionId: string | null
  readonly worktree: string | null
  readonly command: string | null
  readonly processes: number
}

/** Stores the process groups of a spoke. Gives the sessions among them that ended `endedMs` milliseconds ago. In a transaction. */
export function recordProcesses(
  tx: Db,
  spokeId: string,
  seen: readonly SeenProcess[],
  endedMs: number,
): Promise<string[]> {
  return coded(async () => {
    await tx.execute(sql`
      delete from spoke_processes where spoke_id = ${spokeId}
        and process_id <> all(${textArray(seen.map(({ processId }) => processId))})`)
    await tx.execute(sql`
      insert into spoke_processes (spoke_id, process_id, session_id, worktree, command, processes)
      select ${spokeId}, x."processId", s.id, x.worktree, left(x.command, 1000), x.processes
      from jsonb_to_recordset(${JSON.stringify(seen)}::jsonb)
        as x("processId" text, "sessionId" text, worktree text, command text, processes int)
      left join sessions s on s.id = x."sessionId"
      on conflict (spoke_id, process_id) do update set session_id = excluded.session_id, processes = excluded.processes, seen_at = now()`)
    const rows = (await tx.execute(sql`
      select distinct s.id from spoke_processes x join sessions s on s.id = x.session_id
      where x.spoke_id = ${spokeId} and s.status in ('done', 'failed', 'aborted', 'archived')
        and s.state_since < now() - ${endedMs / 1000}::double precision * interval '1 second'`)) as unknown as {
      id: string
    }[]
    return rows.map(({ id }) => id)
  })
}
