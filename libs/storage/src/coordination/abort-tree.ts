import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { lockApprovalsOfSubjects } from '../approvals/end-approval.ts'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import { sessionAbortReceipts } from '../schema/coordination/session-abort-receipts.ts'
import type { SessionAbortReceiptRow } from '../schema/coordination/session-abort-receipts.ts'
import { sessionAborts } from '../schema/coordination/session-aborts.ts'
import type { MergeQueueRow } from '../schema/coordination/merge-queue.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import type { SessionRow } from '../schema/sessions/sessions.ts'
import { endTurns } from '../sessions/end-turns.ts'
import { appendEventsOf } from '../sessions/session-events.ts'
import { fireWaits, TURN_SUBJECT } from '../sessions/turn-lifecycle.ts'
import { refuseMessages, runningCalls } from './end-of-session.ts'
import { endMappings } from './mappings.ts'
import { cancelMergesOf } from './merges.ts'
import { lockTree } from './lock-tree.ts'
import { INPUT_TOKENS, OUTPUT_TOKENS } from './token-sums.ts'

export interface TreeAbort {
  readonly abortId: string
  readonly sessionId: string
  readonly accountId: string
  readonly bySessionId?: string | undefined
  readonly reason: string
}

/** What the transaction of an abort has ended. */
export interface AbortedTree {
  readonly sessions: readonly SessionRow[]
  /** Call ids that run at providers. */
  readonly callIds: readonly string[]
  readonly withdrawn: readonly ApprovalRow[]
  /** Merges that its sessions asked for, or of their work. */
  readonly merges: readonly MergeQueueRow[]
  /** Sessions outside of the tree that waited for one of it. */
  readonly woken: readonly string[]
}

/**
 * Ends a session and all below it that have not ended: their turns, what they wait for and what waits for them. Their claims are raised, so that no
 * process writes or starts anything more for them. In a transaction; a session that is being spawned in the tree is ended, or refused.
 */
export async function abortTree(tx: Db, abort: TreeAbort): Promise<AbortedTree> {
  const { abortId, sessionId, reason } = abort
  const turnIds = await turnsBelow(tx, sessionId)
  // Before the sessions, as an answer to an approval does it.
  await lockApprovalsOfSubjects(tx, TURN_SUBJECT, turnIds)
  await lockTree(tx, sessionId)
  const rows = await lockBelow(tx, sessionId)
  const open = rows.filter(({ status }) => !FINAL.has(status))
  await coded(() =>
    tx.insert(sessionAborts).values({
      id: abortId,
      sessionId,
      requestedBy: abort.accountId,
      requestedBySessionId: abort.bySessionId ?? null,
      reason,
    }),
  )
  if (open.length === 0) return { sessions: [], callIds: [], withdrawn: [], merges: [], woken: [] }
  const ids = open.map(({ id }) => id)
  const callIds = await runningCalls(tx, ids)
  await insertReceipts(tx, abortId, open)
  const turns = open.flatMap(({ id, turnId }) =>
    turnId === null ? [] : [{ sessionId: id, turnId }],
  )
  const ended = await endTurns(tx, turns, { reason: 'parent-abort', error: errorOf(reason) })
  await endMappings(tx, ids, 'aborted', { reason })
  const woken = [...ended.woken, ...(await fireWaits(tx, 'child', ids))]
  await refuseMessages(tx, ids, 'aborted')
  const merges = await cancelMergesOf(tx, ids, reason)
  const after = await coded(() =>
    tx
      .update(sessions)
      .set({
        status: 'aborted',
        stateSince: sql`now()`,
        waitingOn: null,
        wakeAt: null,
        workerInstanceId: null,
        leaseUntil: null,
        turnToken: sql`${sessions.turnToken} + 1`,
        abortId,
        abortReason: reason,
        endReason: 'parent-abort',
        stopReason: reason,
      })
      .where(inArray(sessions.id, ids))
      .returning(),
  )
  await appendEventsOf(
    tx,
    new Map(after.map(({ id }) => [id, [{ type: 'session.changed', data: {} }]])),
  )
  const outside = new Set(ids)
  return {
    ...{ sessions: after, callIds, withdrawn: ended.withdrawn, merges },
    woken: woken.filter((id) => !outside.has(id)),
  }
}

const FINAL: ReadonlySet<string> = new Set(['done', 'failed', 'aborted', 'archived'])

const errorOf = (message: string): string => JSON.stringify({ code: 'ABORTED', message })

const below = (sessionId: string) => sql`
  with recursive tree as (
    select id, 0 as level from sessions where id = ${sessionId}
    union all
    select s.id, t.level + 1 from tree t join sessions s on s.parent_id = t.id where t.level < 64)`

async function turnsBelow(tx: Db, sessionId: string): Promise<string[]> {
  const rows = (await tx.execute(sql`
    ${below(sessionId)}
    select s.turn_id as id from tree join sessions s on s.id = tree.id where s.turn_id is not null order by 1`)) as unknown as {
    id: string
  }[]
  return rows.map(({ id }) => id)
}

/** Locks the session and those below it, from the top to the bottom. The lock of the root keeps others from being added. */
async function lockBelow(tx: Db, sessionId: string): Promise<SessionRow[]> {
  const rows = (await tx.execute(sql`
    ${below(sessionId)} select id from tree order by level, id`)) as unknown as { id: string }[]
  const ids = rows.map(({ id }) => id)
  return tx
    .select()
    .from(sessions)
    .where(inArray(sessions.id, ids))
    .orderBy(sql`array_position(${textArray(ids)}, ${sessions.id})`)
    .for('no key update')
}

/** Before the turns end: what they were doing. */
async function insertReceipts(tx: Db, abortId: string, open: readonly SessionRow[]): Promise<void> {
  const ids = textArray(open.map(({ id }) => id))
  await tx.execute(sql`
    insert into session_abort_receipts (abort_id, session_id, was_status, turn_id, worker_instance_id, worker_token, worker_lease_until,
      cancelled_calls, tokens_before, stopped_at)
    select ${abortId}, s.id, s.status::text, s.turn_id, s.worker_instance_id, s.turn_token, s.lease_until,
      (select count(*) from tool_calls c where c.turn_id = s.turn_id and c.ended_at is null),
      ${tokensOf(sql`s.id`)},
      case when s.worker_instance_id is null then now() end
    from sessions s where s.id = any(${ids})`)
}

/** Tokens of the calls of models of a session. */
const tokensOf = (id: ReturnType<typeof sql>) => sql`
  (select coalesce(sum(${INPUT_TOKENS} + ${OUTPUT_TOKENS}), 0) from inference_usage u where u.session_id = ${id})`

/** The process works no more on the sessions: their aborts, where they have one, are acknowledged. */
export function acknowledgeStops(
  db: Db,
  sessionIds: readonly string[],
  workerInstanceId: string,
): Promise<void> {
  return coded(async () => {
    await db.execute(sql`
      update session_abort_receipts r set stopped_at = now(), tokens_after = ${tokensOf(sql`r.session_id`)}
      where r.session_id = any(${textArray(sessionIds)}) and r.worker_instance_id = ${workerInstanceId} and r.stopped_at is null`)
  })
}

/** Acknowledges for processes that are gone: those named, and those whose lease is over by the clock of the database. */
export function acknowledgeLost(
  db: Db,
  abortId: string,
  lostInstanceIds: readonly string[],
): Promise<void> {
  return coded(async () => {
    await db.execute(sql`
      update session_abort_receipts r set stopped_at = now()
      where r.abort_id = ${abortId} and r.stopped_at is null
        and (r.worker_lease_until < now() or r.worker_instance_id = any(${textArray(lostInstanceIds)}))`)
  })
}

export function readReceipts(db: Db, abortId: string): Promise<SessionAbortReceiptRow[]> {
  return coded(() =>
    db
      .select()
      .from(sessionAbortReceipts)
      .where(eq(sessionAbortReceipts.abortId, abortId))
      .orderBy(sessionAbortReceipts.sessionId),
  )
}

/** Records that no process works on any session of the abort. */
export function acknowledgeAbort(db: Db, abortId: string): Promise<void> {
  return coded(async () => {
    await db.execute(sql`
      update session_abort_receipts r set tokens_after = ${tokensOf(sql`r.session_id`)}
      where r.abort_id = ${abortId} and r.stopped_at is not null and r.tokens_after is null`)
    await db
      .update(sessionAborts)
      .set({ acknowledgedAt: sql`now()` })
      .where(and(eq(sessionAborts.id, abortId), isNull(sessionAborts.acknowledgedAt)))
  })
}

/** Aborts of the last hour that a process left before they were acknowledged. */
export function findOpenAborts(db: Db, olderMs: number, limit: number): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      select id from session_aborts where acknowledged_at is null
        and created_at < now() - ${olderMs / 1000}::double precision * interval '1 second'
        and created_at > now() - interval '1 hour'
      order by created_at limit ${limit}::int`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/** Stores where the changes of a session were saved, or why they were not. */
export function recordSaved(
  db: Db,
  abortId: string,
  sessionId: string,
  saved: { readonly savedRef?: string; readonly saveError?: string },
): Promise<void> {
  return coded(async () => {
    await db
      .update(sessionAbortReceipts)
      .set(saved)
      .where(
        and(
          eq(sessionAbortReceipts.abortId, abortId),
          eq(sessionAbortReceipts.sessionId, sessionId),
        ),
      )
  })
}
