import { must, uuidv7 } from '@alkdev/std'
import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm'
import { claimLostRows, renewRows } from '../claims/claim-rows.ts'
import type {
  Claim,
  ClaimedTable,
  ClaimRequest,
  LostClaimRequest,
  RenewedClaim,
} from '../claims/claim-rows.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { interval } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { mergeQueue } from '../schema/coordination/merge-queue.ts'
import type { MergeQueueInsert, MergeQueueRow } from '../schema/coordination/merge-queue.ts'
import { sessions } from '../schema/sessions/sessions.ts'

/** A merge that this process works on. */
export type MergeClaim = Claim

const MERGES: ClaimedTable = {
  table: sql`merge_queue`,
  token: sql`token`,
  isOpen: sql`r.status = 'queued'`,
  onClaim: sql`wake_seq = r.wake_seq`,
}
const OPEN = ['queued', 'running'] as const

export type NewMerge = Pick<
  MergeQueueInsert,
  | 'projectId'
  | 'commonDirId'
  | 'targetBranch'
  | 'branch'
  | 'sessionId'
  | 'workspaceId'
  | 'taskId'
  | 'accountId'
  | 'leadSessionId'
  | 'checks'
>

/** Merges of one account that wait or are worked on. */
export const MAX_OPEN_MERGES = 1000

/**
 * Puts a branch into the queue of its target, with the grant that `grant` stores. One that is in it already is given as it is. In a transaction. Undefined
 * when the account has as many merges there as it may.
 */
export function enqueueMerge(
  tx: Db,
  merge: NewMerge,
  grant: () => Promise<string>,
): Promise<{ readonly row: MergeQueueRow; readonly isNew: boolean } | undefined> {
  return coded(async () => {
    const isOpen = inArray(mergeQueue.status, [...OPEN])
    const isSame = and(
      eq(mergeQueue.commonDirId, merge.commonDirId),
      eq(mergeQueue.targetBranch, merge.targetBranch),
      eq(mergeQueue.branch, merge.branch),
      isOpen,
    )
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`merge:${merge.commonDirId}`}, 0))`,
    )
    const [known] = await tx.select().from(mergeQueue).where(isSame)
    if (known !== undefined) return { row: known, isNew: false }
    const { accountId } = merge
    const ofAccount = accountId == null ? undefined : eq(mergeQueue.accountId, accountId)
    if (ofAccount && (await tx.$count(mergeQueue, and(ofAccount, isOpen))) >= MAX_OPEN_MERGES)
      return undefined
    const [row] = await tx
      .insert(mergeQueue)
      // Not rounded up, as the column would do: it is due at once.
      .values({
        ...{ ...merge, id: uuidv7(), grantId: await grant() },
        wakeAt: sql`date_trunc('milliseconds', now())`,
      })
      .returning()
    return { row: must(row), isNew: true }
  })
}

/**
 * Claims merges that are due, of each target the first one whose session has no turn and whose account has a place left; those of the account with the
 * fewest first. The session is bound to the merge: no turn of it begins before the merge is over. One process at a time claims.
 */
export function claimMerges(
  db: Db,
  { workerInstanceId, leaseMs, limit, maxPerAccount }: ClaimRequest,
): Promise<MergeClaim[]> {
  if (limit < 1) return Promise.resolve([])
  return inTransaction(db, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('merge-claims', 0))`)
    const due = (await tx.execute(sql`
      with running as (
        select account_id, count(*)::int as n from merge_queue where status = 'running' group by 1),
      first as (
        select distinct on (m.common_dir_id, m.target_branch) m.id, m.account_id, m.session_id, coalesce(a.n, 0) as busy
        from merge_queue m left join running a on a.account_id is not distinct from m.account_id
        where m.status = 'queued' and m.lease_until is null and m.wake_at <= now() and coalesce(a.n, 0) < ${maxPerAccount}::int
          and not exists (select 1 from merge_queue b where b.status = 'running'
            and b.common_dir_id = m.common_dir_id and b.target_branch = m.target_branch)
          and (m.session_id is null or exists (select 1 from sessions s where s.id = m.session_id
            and s.turn_id is null and s.lease_until is null and (s.merge_id is null or s.merge_id = m.id)))
        order by m.common_dir_id, m.target_branch, m.id),
      placed as (
        select id, session_id, busy + row_number() over (partition by account_id order by id) as place from first)
      select id, session_id as "sessionId" from placed where place <= ${maxPerAccount}::int
      order by place, id limit ${limit}::int`)) as unknown as {
      id: string
      sessionId: string | null
    }[]
    const claims: MergeClaim[] = []
    for (const { id, sessionId } of due) {
      // oxlint-disable no-await-in-loop -- one connection
      if (sessionId !== null && !(await bindSession(tx, sessionId, id))) continue
      const [row] = (await tx.execute(sql`
        update merge_queue set status = 'running', token = token + 1, worker_instance_id = ${workerInstanceId},
          lease_until = now() + ${interval(leaseMs)}, wake_at = null, updated_at = now()
        where id = ${id} and status = 'queued' returning id, token`)) as unknown as {
        id: string
        token: unknown
      }[]
      // oxlint-enable no-await-in-loop
      if (row !== undefined) claims.push({ id: row.id, token: Number(row.token), workerInstanceId })
    }
    return claims
  })
}

/** False when a turn began meanwhile, or another merge of the session was claimed. */
async function bindSession(tx: Db, sessionId: string, mergeId: string): Promise<boolean> {
  const rows = await tx.execute(sql`
    update sessions set merge_id = ${mergeId}, updated_at = now()
    where id = ${sessionId} and turn_id is null and lease_until is null and (merge_id is null or merge_id = ${mergeId})
    returning id`)
  return rows.length > 0
}

/** Takes over merges whose holder let its lease end, except those named. */
export function claimLostMerges(db: Db, request: LostClaimRequest): Promise<MergeClaim[]> {
  return claimLostRows(db, MERGES, request)
}

/** Extends leases. A claim that is not in the answer is lost. */
export function renewMerges(
  db: Db,
  held: readonly MergeClaim[],
  leaseMs: number,
): Promise<RenewedClaim[]> {
  return renewRows(db, MERGES, held, leaseMs)
}

export function getMerge(db: Db, id: string): Promise<MergeQueueRow | undefined> {
  return coded(
    async () => (await db.select().from(mergeQueue).where(eq(mergeQueue.id, id)).limit(1))[0],
  )
}

export interface ListMerges {
  readonly projectId?: string
  readonly sessionId?: string
  readonly targetBranch?: string
  readonly isOpen?: boolean
  /** Only of sessions of this account. */
  readonly ownerId?: string
  readonly limit: number
}

/** Merges, the newest first; open ones in the order of the queue. */
export function listMerges(db: Db, filter: ListMerges): Promise<MergeQueueRow[]> {
  const { projectId, sessionId, targetBranch, isOpen = false, ownerId, limit } = filter
  return coded(() =>
    db
      .select()
      .from(mergeQueue)
      .where(
        and(
          projectId === undefined ? undefined : eq(mergeQueue.projectId, projectId),
          sessionId === undefined ? undefined : eq(mergeQueue.sessionId, sessionId),
          targetBranch === undefined ? undefined : eq(mergeQueue.targetBranch, targetBranch),
          isOpen ? inArray(mergeQueue.status, [...OPEN]) : undefined,
          ownerId === undefined
            ? undefined
            : sql`exists (select 1 from sessions s where s.id = ${mergeQueue.sessionId} and s.account_id = ${ownerId})`,
        ),
      )
      .orderBy(isOpen ? asc(mergeQueue.id) : desc(mergeQueue.id))
      .limit(limit),
  )
}

const held = ({ id, token, workerInstanceId }: MergeClaim) =>
  and(
    eq(mergeQueue.id, id),
    eq(mergeQueue.token, token),
    eq(mergeQueue.workerInstanceId, workerInstanceId),
    eq(mergeQueue.status, 'running'),
  )

/** What a step found. */
export type MergeProgress = Partial<
  Pick<
    MergeQueueRow,
    'step' | 'targetHead' | 'oldHead' | 'newHead' | 'evidence' | 'attempts' | 'workspaceId'
  >
>

/** Stores the next step of a merge. False when the claim was lost. */
export function advanceMerge(db: Db, claim: MergeClaim, progress: MergeProgress): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .update(mergeQueue)
      .set({ ...progress, error: null, metadata: {} })
      .where(held(claim))
      .returning({ id: mergeQueue.id })
    return rows.length > 0
  })
}

/** Gives a merge back, due again after `afterMs` milliseconds. Its session stays bound to it. */
export function releaseMerge(
  db: Db,
  claim: MergeClaim,
  { afterMs, error }: { readonly afterMs: number; readonly error: string | null },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx
      .update(mergeQueue)
      .set({
        status: 'queued',
        workerInstanceId: null,
        leaseUntil: null,
        wakeAt: sql`now() + ${interval(afterMs)}`,
        error,
        metadata: sql`jsonb_build_object('tries', coalesce((${mergeQueue.metadata} ->> 'tries')::int, 0) + 1)`,
      })
      .where(held(claim))
      .returning()
    return row !== undefined
  })
}

export interface MergeEnd {
  readonly status: 'merged' | 'conflict' | 'failed' | 'cancelled'
  readonly reason: string
  readonly error?: string
  readonly evidence?: Record<string, unknown>
}

/** Ends a merge, and frees its session for turns. In a transaction that locked the session before. Undefined when the claim was lost. */
export function endMerge(
  tx: Db,
  claim: MergeClaim,
  { status, reason, error, evidence }: MergeEnd,
): Promise<MergeQueueRow | undefined> {
  return coded(async () => {
    const [row] = await tx
      .update(mergeQueue)
      .set({
        status,
        reason,
        error: error ?? null,
        workerInstanceId: null,
        leaseUntil: null,
        wakeAt: null,
        endedAt: sql`now()`,
        ...(evidence !== undefined && { evidence }),
      })
      .where(held(claim))
      .returning()
    if (row?.sessionId != null) await unbind(tx, row.sessionId, row.id)
    return row
  })
}

/** The session is due at once when a message waits. */
async function unbind(tx: Db, sessionId: string, mergeId: string): Promise<void> {
  await tx
    .update(sessions)
    .set({ mergeId: null })
    .where(and(eq(sessions.id, sessionId), eq(sessions.mergeId, mergeId)))
}

/** Cancels the open merges that sessions asked for, or that would merge their work; a process that works on one does no further step. */
export function cancelMergesOf(
  tx: Db,
  sessionIds: readonly string[],
  error: string,
): Promise<MergeQueueRow[]> {
  if (sessionIds.length === 0) return Promise.resolve([])
  return coded(async () => {
    const ids = [...sessionIds]
    const rows = await tx
      .update(mergeQueue)
      .set({
        status: 'cancelled',
        reason: 'aborted',
        error,
        token: sql`${mergeQueue.token} + 1`,
        workerInstanceId: null,
        leaseUntil: null,
        wakeAt: null,
        endedAt: sql`now()`,
      })
      .where(
        and(
          inArray(mergeQueue.status, [...OPEN]),
          sql`(${inArray(mergeQueue.sessionId, ids)} or ${inArray(mergeQueue.leadSessionId, ids)})`,
        ),
      )
      .returning()
    for (const row of rows) {
      // oxlint-disable-next-line no-await-in-loop -- one connection
      if (row.sessionId !== null) await unbind(tx, row.sessionId, row.id)
    }
    return rows
  })
}

export interface MergesState {
  readonly due: number
  readonly running: number
  readonly lost: number
}

export function readMergesState(db: Db): Promise<MergesState> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select count(*) filter (where status = 'queued' and wake_at <= now())::int as due,
        count(*) filter (where status = 'running')::int as running,
        count(*) filter (where lease_until < now())::int as lost
      from merge_queue where status in ('queued', 'running')`)) as unknown as MergesState[]
    return row ?? { due: 0, running: 0, lost: 0 }
  })
}
