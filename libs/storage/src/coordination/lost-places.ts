import { must } from '@alkdev/std'
import { and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { lockOpenApprovals } from '../approvals/end-approval.ts'
import { interval } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import { mappings } from '../schema/coordination/mappings.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import type { SessionRow } from '../schema/sessions/sessions.ts'
import { turnSteps } from '../schema/sessions/turn-steps.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'
import { lockSession } from '../sessions/sessions.ts'
import { appendSessionEvents } from '../sessions/session-events.ts'
import { endTurn } from '../sessions/end-turns.ts'
import { fireWaits, TURN_SUBJECT } from '../sessions/turn-lifecycle.ts'
import { releaseTasksOfSession } from '../tasks/release-task.ts'
import { endMapping, findMapping } from './mappings.ts'
import { refuseMessages, runningCalls } from './end-of-session.ts'

/** Milliseconds for which a spoke whose socket was lost may return, before it is disconnected. */
const SUSPENDED_MS = 15_000
/**
 * What is added when the other spoke was attached after the loss: then the hub itself may have been away, and the spokes return one after the other.
 */
const RETURN_MS = 60_000
/** Spokes that may be asked whether they serve the same repository. */
const MAX_OTHERS = 200

/** An attachment of a spoke. One that was removed and attached again under its name has another id, and its epochs begin again. */
export interface OtherSpoke {
  readonly id: string
  readonly name: string
  readonly epoch: number
}

/** A session that holds a task, and works on a spoke that is gone while others are attached. */
export interface LostPlace {
  readonly sessionId: string
  readonly grantId: string | null
  readonly accountId: string | null
  readonly spoke: string
  readonly worktree: string | null
  readonly branch: string | null
  readonly commonDirId: string
  /** The head that the hub knew last. */
  readonly head: string | null
  /** Attached dev spokes that may serve the same repository, those that are known to first; each with the number of its attachment. */
  readonly others: readonly OtherSpoke[]
}

/**
 * The spoke `k` is disconnected for `afterMs` while the dev spoke `o` was attached, which is of the same account or is known to serve the git folder. So
 * neither a short cut nor an outage of the hub takes a task from a session.
 */
const isInsteadOf = (afterMs: number, commonDirId: SQL): SQL => sql`
  k.status = 'disconnected' and o.id <> k.id and o.status = 'connected' and o.unresponsive_since is null and o.spoke_type = 'dev-env'
  and (o.owner_id = k.owner_id or exists (
    select 1 from workspaces v where v.spoke_id = o.id and v.common_dir_id = ${commonDirId}))
  and greatest(k.disconnected_at, o.connected_at) <= now() - ${interval(afterMs)}
    - case when o.connected_at > k.disconnected_at - ${interval(SUSPENDED_MS)} then ${interval(RETURN_MS)} else interval '0' end`

/** One page of them, by id: those whose ids come after `after`. */
export function findLostPlaces(
  db: Db,
  {
    afterMs,
    limit,
    after = '',
  }: { readonly afterMs: number; readonly limit: number; readonly after?: string | undefined },
): Promise<LostPlace[]> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select s.id as "sessionId", s.grant_id as "grantId", s.account_id as "accountId", k.name as spoke, w.worktree, w.branch, w.common_dir_id as "commonDirId",
        coalesce(w.expected_head, w.head) as head, x.others
      from task_claims c join sessions s on s.id = c.session_id join workspaces w on w.id = s.workspace_id join spokes k on k.id = w.spoke_id
      cross join lateral (
        select jsonb_agg(jsonb_build_object('id', y.id, 'name', y.name, 'epoch', y.epoch)) as others from (
          select o.id, o.name, o.epoch from spokes o where ${isInsteadOf(afterMs, sql`w.common_dir_id`)}
          order by exists (select 1 from workspaces v where v.spoke_id = o.id and v.common_dir_id = w.common_dir_id) desc, o.name
          limit ${MAX_OTHERS}::int) y) x
      where c.released_at is null and s.mode = 'agent' and s.merge_id is null and s.id > ${after}
        and s.status not in ('done', 'failed', 'aborted', 'archived')
        and w.common_dir_id is not null and k.status = 'disconnected' and x.others is not null
      order by s.id limit ${limit}::int`)
    return rows as unknown as LostPlace[]
  })
}

/** A creation has as long as a session that works, until its spoke counts as gone. */
const isSpawnLost = (afterMs: number): SQL => sql`
  s.created_at <= now() - ${interval(SUSPENDED_MS + afterMs)} and exists (
    select 1 from spokes o where ${isInsteadOf(afterMs, sql`null::text`)})`

/** Sessions whose worktree was not made yet: its spoke is gone while another one of its account was attached. */
export function findLostSpawns(
  db: Db,
  { afterMs, limit }: { readonly afterMs: number; readonly limit: number },
): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      select s.id from sessions s join spokes k on k.name = s.spawn_plan -> 'worktree' ->> 'spoke'
      where s.spawn_step = 'claimed' and s.status = 'queued' and ${isSpawnLost(afterMs)}
      order by s.id limit ${limit}::int`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/** True when the creation of the session waits for a spoke that is gone, as `findLostSpawns` says. */
export function isLostSpawn(db: Db, sessionId: string, afterMs: number): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select 1 from sessions s join spokes k on k.name = s.spawn_plan -> 'worktree' ->> 'spoke'
      where s.id = ${sessionId} and ${isSpawnLost(afterMs)}`)
    return rows.length > 0
  })
}

/** The latest checkpoint of the turns of a session: a ref of the repository, which each spoke of it can read. */
export function latestCheckpoint(db: Db, sessionId: string): Promise<string | undefined> {
  return coded(async () => {
    const [row] = await db
      .select({ ref: turnSteps.checkpointRef })
      .from(turnSteps)
      .where(and(eq(turnSteps.sessionId, sessionId), isNotNull(turnSteps.checkpointRef)))
      .orderBy(desc(turnSteps.turnId), desc(turnSteps.step))
      .limit(1)
    return row?.ref ?? undefined
  })
}

/** What the end of a session whose spoke is gone changed. */
export interface LostSession {
  readonly session: SessionRow
  readonly tasks: readonly TaskRow[]
  /** Call ids that may still run at providers. */
  readonly callIds: readonly string[]
  readonly withdrawn: readonly ApprovalRow[]
  /** Sessions that waited for this one. */
  readonly woken: readonly string[]
}

/**
 * Ends a session whose spoke is gone, and gives its task back with what it left, in a transaction. Its claims are raised: what it still does changes nothing
 * any more. Undefined when the spoke has returned, or the session holds no task. The row of the spoke is locked: it returns before, or finds the session ended.
 */
export async function endLostSession(
  tx: Db,
  sessionId: string,
  left: { readonly reason: string; readonly evidence: Readonly<Record<string, unknown>> },
): Promise<LostSession | undefined> {
  const { reason } = left
  const seen = (await tx.execute(sql`
    select turn_id as "turnId" from sessions where id = ${sessionId}`)) as unknown as {
    turnId: string | null
  }[]
  const turnId = seen[0]?.turnId ?? null
  // Before the session, as an answer to an approval does it.
  if (turnId !== null) await lockOpenApprovals(tx, { type: TURN_SUBJECT, id: turnId })
  const session = await lockSession(tx, sessionId)
  if (session === undefined || session.turnId !== turnId || session.mergeId !== null)
    return undefined
  const lost = await tx.execute(sql`
    select 1 from workspaces w join spokes k on k.id = w.spoke_id
    where w.id = ${session.workspaceId} and k.status = 'disconnected' and exists (
      select 1 from task_claims c where c.session_id = ${sessionId} and c.released_at is null)
    for share of k`)
  if (lost.length === 0) return undefined
  const callIds = await runningCalls(tx, [sessionId])
  const mapping = await findMapping(tx, sessionId)
  const evidence = { ...left.evidence, ...(mapping?.report != null && { report: mapping.report }) }
  await endMapping(tx, sessionId, 'failed', { reason, evidence })
  const error = JSON.stringify({ code: 'PROVIDER_UNAVAILABLE', message: reason })
  const ended =
    turnId === null
      ? undefined
      : await endTurn(tx, session, turnId, { reason: 'spoke-gone', error })
  await refuseMessages(tx, [sessionId], 'spoke-gone')
  const [after] = await coded(() =>
    tx
      .update(sessions)
      .set({
        status: 'failed',
        stateSince: sql`now()`,
        waitingOn: null,
        wakeAt: null,
        workerInstanceId: null,
        leaseUntil: null,
        turnToken: sql`${sessions.turnToken} + 1`,
        endReason: 'spoke-gone',
        stopReason: reason,
      })
      .where(eq(sessions.id, sessionId))
      .returning(),
  )
  const tasks = await releaseTasksOfSession(tx, sessionId, reason, evidence)
  const woken = await fireWaits(tx, 'child', [sessionId])
  await appendSessionEvents(tx, sessionId, [{ type: 'session.changed', data: {} }])
  const withdrawn = ended?.withdrawn ?? []
  return {
    ...{ session: must(after), tasks, callIds, withdrawn },
    woken: [...(ended?.woken ?? []), ...woken],
  }
}

/** A session that ended as its spoke was gone, and whose worktree is on a spoke that is attached again. */
export interface ReturnedPlace {
  readonly sessionId: string
  readonly mappingId: string
  readonly taskId: string | null
  readonly worktree: string
  readonly evidence: Readonly<Record<string, unknown>> | null
}

/** Those of the last week whose worktree was not saved since, the latest first. */
export function findReturnedPlaces(db: Db, spokeId: string): Promise<ReturnedPlace[]> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select s.id as "sessionId", m.id as "mappingId", m.task_id as "taskId", w.worktree, m.evidence
      from workspaces w join sessions s on s.workspace_id = w.id
      cross join lateral (select id, task_id, status, evidence from mappings where session_id = s.id order by id desc limit 1) m
      where w.spoke_id = ${spokeId} and w.worktree is not null and s.status = 'failed' and s.end_reason = 'spoke-gone'
        and s.state_since > now() - interval '7 days' and m.status = 'failed' and not coalesce(m.evidence ? 'parkedRef', false)
      order by s.id desc limit 20`)
    return rows as unknown as ReturnedPlace[]
  })
}

/**
 * Records what was saved of a worktree whose spoke has returned; the evidence of the task gets it too while that session was the last to leave it. Gives the
 * session that holds the task now. In a transaction.
 */
export function recordParked(
  tx: Db,
  { mappingId, taskId, sessionId }: ReturnedPlace,
  parked: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  return coded(async () => {
    const added = sql`coalesce(evidence, '{}'::jsonb) || ${JSON.stringify(parked)}::jsonb`
    await tx.update(mappings).set({ evidence: added }).where(eq(mappings.id, mappingId))
    if (taskId === null) return undefined
    const rows = (await tx.execute(sql`
      update task_claims set evidence = ${added}, updated_at = now()
      where task_id = ${taskId} and evidence -> 'holder' ->> 'sessionId' = ${sessionId}
      returning case when released_at is null then session_id end as holder`)) as unknown as {
      holder: string | null
    }[]
    return rows[0]?.holder ?? undefined
  })
}
