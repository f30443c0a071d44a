import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** What must not be there. Each is 0, except for the moment between a failure and the sweep that repairs it. */
export interface Invariants {
  /** Sessions that count as running, and no process has their lease. */
  readonly sessionsWithoutLease: number
  /** Approvals that are open after their deadline. */
  readonly approvalsOverdue: number
  /** Tasks in progress that no session which goes on, and no account, has claimed. */
  readonly tasksWithoutClaim: number
  /** Tool calls that run after their deadline. */
  readonly toolCallsOverdue: number
  /** Budgets of which more is spent and reserved than there was, or less than nothing. */
  readonly budgetsOverdrawn: number
  /** Calls of models that are open, and their proxy has let its lease end. */
  readonly modelCallsOverdue: number
  /** Queued calls that count as running, and no process goes on with them. */
  readonly queuedCallsOverdue: number
  /** Sessions whose creation no process goes on with. */
  readonly spawnsLeft: number
  /** Aborts that are not acknowledged. */
  readonly abortsLeft: number
  /** Worktrees that were made for a session and that no workspace has. */
  readonly worktreesWithoutRow: number
  /** Merges that no process goes on with. */
  readonly mergesLeft: number
}

/** Milliseconds for which one may be broken: the sweeps repair it within seconds. */
const GRACE_MS = 60_000

/** Reads how often each invariant is broken for longer than `graceMs` milliseconds. One statement. */
export function readInvariants(db: Db, graceMs = GRACE_MS): Promise<Invariants> {
  const before = sql`now() - ${graceMs / 1000}::double precision * interval '1 second'`
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select
        (select count(*)::int from sessions where lease_until < ${before}) as "sessionsWithoutLease",
        (select count(*)::int from approvals where status = 'open' and deadline < ${before}) as "approvalsOverdue",
        (select count(*)::int from tasks t where t.status = 'in-progress' and t.updated_at < ${before} and not exists (
          select 1 from task_claims c left join sessions s on s.id = c.session_id
          where c.task_id = t.id and c.released_at is null and (c.expires_at is null or c.expires_at > ${before})
            and (s.id is null or s.status not in ('failed', 'aborted', 'archived')))) as "tasksWithoutClaim",
        (select count(*)::int from tool_calls where status = 'dispatched' and deadline < ${before}) as "toolCallsOverdue",
        (select count(*)::int from budgets where closed_at is null and least(spent, reserved, subtree_spent) < 0) as "budgetsOverdrawn",
        (select count(*)::int from inference_usage where ended_at is null and lease_until < ${before}) as "modelCallsOverdue",
        (select count(*)::int from queued_calls where status = 'running' and lease_until < ${before}) as "queuedCallsOverdue",
        (select count(*)::int from sessions where spawn_step is not null and spawn_step <> 'prompted' and spawn_lease_until < ${before}
          and status not in ('failed', 'aborted', 'archived')) as "spawnsLeft",
        (select count(*)::int from session_aborts where acknowledged_at is null and created_at < ${before}
          and created_at > now() - interval '1 hour') as "abortsLeft",
        (select count(*)::int from worktree_inventory i join spokes k on k.id = i.spoke_id
          where i.problem = 'no-row' and i.dirty is false and i.created_at < ${before} - interval '5 minutes'
            and k.status = 'connected') as "worktreesWithoutRow",
        (select count(*)::int from merge_queue where lease_until < ${before}) as "mergesLeft"`)) as unknown as Invariants[]
    return (
      row ?? {
        sessionsWithoutLease: 0,
        approvalsOverdue: 0,
        tasksWithoutClaim: 0,
        toolCallsOverdue: 0,
        budgetsOverdrawn: 0,
        modelCallsOverdue: 0,
        queuedCallsOverdue: 0,
        spawnsLeft: 0,
        abortsLeft: 0,
        worktreesWithoutRow: 0,
        mergesLeft: 0,
      }
    )
  })
}
