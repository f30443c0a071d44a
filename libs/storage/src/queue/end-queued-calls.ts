import type { CallFailure } from '@alkdev/contracts'
import { uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Claim } from '../claims/claim-rows.ts'
import { executePlannedOnce, inTransaction } from '../database/in-transaction.ts'
import { textArray } from '../call-log/call-log-arrays.ts'
import { interval } from '../database/sql-values.ts'
import { ORDER_FROM_INDEXES } from './order-from-indexes.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { IdempotencyStatus } from '../schema/calls/families.ts'

/** How a queued call ends. Texts are JSON. */
export type QueuedCallEnd =
  | {
      readonly status: 'completed'
      /** A ResponseEnvelope. */
      readonly envelope: string
    }
  | {
      readonly status: 'failed' | 'aborted'
      readonly error: CallFailure
      /** Whether the operation ran, as far as it is known: decides what its idempotency key stands for. */
      readonly ran: 'no' | 'yes' | 'unknown'
    }

/** Milliseconds that an idempotency key stands for a queued call after its end. */
const KEY_KEPT_MS = 24 * 3600 * 1000
/** Milliseconds after the end of a call in which its report is attempted. */
const REPORTED_MS = 24 * 3600 * 1000

/** The end of a claimed call. */
export interface ClaimEnd {
  readonly claim: Claim
  readonly end: QueuedCallEnd
}

/**
 * Writes ends of calls, their results, and what their idempotency keys stand for, in one statement. Gives, in the order given, whether each was
 * written; false when its claim is lost: another process decides. A key whose call is proven not to have run is free again.
 */
export function settleQueuedCalls(db: Db, ends: readonly ClaimEnd[]): Promise<readonly boolean[]> {
  return coded(async () => {
    const all = ends.map(({ claim, end }) => ({ id: claim.id, claim, end }))
    if (all.length === 0) return []
    // Planning the statement for each execution takes longer than its execution.
    const rows = await executePlannedOnce(db, endStatement(all))
    const ended = new Set(rows.map(({ id }) => id as string))
    return ends.map(({ claim }) => ended.has(claim.id))
  })
}

/** One of `settleQueuedCalls`. */
export async function settleQueuedCall(db: Db, claim: Claim, end: QueuedCallEnd): Promise<boolean> {
  const [isWritten = false] = await settleQueuedCalls(db, [{ claim, end }])
  return isWritten
}

export interface Release {
  /** Milliseconds until it is due again, by the clock of the database. */
  readonly delayMs: number
  /** Why the attempt ended; kept until the next end. */
  readonly error?: CallFailure | undefined
  /** The attempt is proven not to have run, and does not count. */
  readonly uncounted: boolean
}

/**
 * Gives a claimed call back for another attempt; at once when its abort was requested meanwhile, because the next holder ends it. False when the
 * claim is lost.
 */
export function releaseQueuedCall(
  db: Db,
  { id, token, workerInstanceId }: Claim,
  { delayMs, error, uncounted }: Release,
): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`
      update queued_calls set status = 'accepted', worker_instance_id = null, lease_until = null,
        attempts = attempts - ${uncounted ? 1 : 0}::int,
        not_before = case when abort_requested_at is null
          then now() + ${delayMs / 1000}::double precision * interval '1 second' else now() end,
        last_error = coalesce(${error === undefined ? null : failureText(error)}::text, last_error), updated_at = now()
      where id = ${id} and fencing_token = ${token} and worker_instance_id = ${workerInstanceId} and status = 'running'
      returning id`)
    return rows.length > 0
  })
}

/** Ends the lease of a claim, so that another process takes it over at once and collects the attempt, which goes on. */
export function handOverQueuedCall(db: Db, { id, token, workerInstanceId }: Claim): Promise<void> {
  return coded(async () => {
    await db.execute(sql`
      update queued_calls set lease_until = now() - interval '1 millisecond'
      where id = ${id} and fencing_token = ${token} and worker_instance_id = ${workerInstanceId} and status = 'running'`)
  })
}

/** What became of the request to abort a queued call. */
export type QueuedAbort =
  /** It had not been claimed: it has ended, and nothing runs. */
  | { readonly outcome: 'aborted' }
  /** Its holder ends it; the attempt is the call to be aborted. */
  | { readonly outcome: 'requested'; readonly attemptCallId: string }
  | { readonly outcome: 'too-late' }

/** Aborts a call that waits, and asks the holder of one that runs to abort it. Undefined when there is none. */
export function abortQueuedCall(
  db: Db,
  callId: string,
  reason: string,
): Promise<QueuedAbort | undefined> {
  const id = callId.toLowerCase()
  return inTransaction(db, async (tx) => {
    const [row] = (await tx.execute(sql`
      select status, attempts, attempt_call_id as "attemptCallId" from queued_calls where id = ${id} for update`)) as unknown as {
      status: string
      attempts: number
      attemptCallId: string | null
    }[]
    if (row === undefined) return undefined
    if (row.status === 'accepted') {
      const end: QueuedCallEnd = {
        status: 'aborted',
        error: { code: 'ABORTED', message: reason },
        ran: row.attempts === 0 ? 'no' : 'unknown',
      }
      await endCalls(tx, [{ id, end }])
      return { outcome: 'aborted' }
    }
    if (row.status !== 'running') return { outcome: 'too-late' }
    await tx.execute(sql`
      update queued_calls set abort_requested_at = coalesce(abort_requested_at, now()),
        abort_reason = coalesce(abort_reason, ${reason}), updated_at = now() where id = ${id}`)
    return { outcome: 'requested', attemptCallId: row.attemptCallId ?? '' }
  })
}

/** What became of the request to abort one of several queued calls. */
type QueuedAbortOf = QueuedAbort & { readonly callId: string }

/** As `abortQueuedCall`, for those of the calls that the account has queued, in one transaction. Gives them in any order. */
export function abortQueuedCalls(
  db: Db,
  accountId: string,
  callIds: readonly string[],
  reason: string,
): Promise<readonly QueuedAbortOf[]> {
  const ids = textArray(callIds.map((id) => id.toLowerCase()))
  return inTransaction(db, async (tx) => {
    const rows = await tx.execute<{
      id: string
      status: string
      attempts: number
      attemptCallId: string | null
    }>(sql`
      select id, status::text, attempts, attempt_call_id as "attemptCallId" from queued_calls
      where id = any(${ids}::text[]) and account_id = ${accountId} order by id for update`)
    const withStatus = (status: string) => rows.filter((row) => row.status === status)
    const error = { code: 'ABORTED', message: reason }
    const waiting = withStatus('accepted').map(({ id, attempts }) => {
      const ran = attempts === 0 ? ('no' as const) : ('unknown' as const)
      return { id, end: { status: 'aborted' as const, error, ran } }
    })
    await endCalls(tx, waiting)
    const running = withStatus('running')
    if (running.length > 0)
      await tx.execute(sql`
        update queued_calls set abort_requested_at = coalesce(abort_requested_at, now()),
          abort_reason = coalesce(abort_reason, ${reason}), updated_at = now()
        where id = any(${textArray(running.map(({ id }) => id))}::text[])`)
    return rows.map(({ id: callId, status, attemptCallId }) => {
      if (status === 'accepted') return { callId, outcome: 'aborted' }
      if (status !== 'running') return { callId, outcome: 'too-late' }
      return { callId, outcome: 'requested', attemptCallId: attemptCallId ?? '' }
    })
  })
}

/**
 * Ends calls that may not be started any more: their time is over, or their account is gone. At most `limit`; gives how many. A call that was
 * never attempted fails with TIMEOUT, any other with the error of its latest attempt.
 */
export function expireQueuedCalls(db: Db, limit: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    // Sent at once.
    const planned = tx.execute(sql`select ${ORDER_FROM_INDEXES}`)
    const found = tx.execute(sql`
      with found as materialized (
        -- Two searches, because an index serves each of them.
        (select id from queued_calls where status = 'accepted' and expires_at <= now() order by expires_at limit ${limit}::int)
        union all
        (select id from queued_calls where status = 'accepted' and account_id is null
         order by operation_name, priority, not_before limit ${limit}::int))
      select q.* from (select distinct id from found limit ${limit}::int) f cross join lateral (
        select id, attempts, last_error as "lastError", account_id as "accountId" from queued_calls c
        where c.id = f.id and c.status = 'accepted' for update skip locked) q`)
    const [, ended] = await Promise.all([planned, found])
    const rows = ended as unknown as {
      id: string
      attempts: number
      lastError: string | null
      accountId: string | null
    }[]
    await endCalls(
      tx,
      rows.map((row) => ({ id: row.id, end: expired(row) })),
    )
    return rows.length
  })
}

function expired(row: {
  readonly attempts: number
  readonly lastError: string | null
  readonly accountId: string | null
}): QueuedCallEnd {
  const ran = row.attempts === 0 ? 'no' : 'unknown'
  if (row.accountId === null) {
    const message = 'The account of the call no longer exists.'
    return { status: 'failed', error: { code: 'UNAUTHENTICATED', message }, ran }
  }
  const last = row.lastError === null ? undefined : (JSON.parse(row.lastError) as CallFailure)
  if (ran !== 'no' && last !== undefined) return { status: 'failed', error: last, ran }
  const error: CallFailure = {
    code: 'TIMEOUT',
    message: 'The time in which the call could be started is over; nothing ran.',
    details: { ran: false, ...(last !== undefined && { lastError: last }) },
  }
  return { status: 'failed', error, ran: 'no' }
}

interface EndOfRow {
  readonly id: string
  /** Of a call that runs; without one the call waits. */
  readonly claim?: Claim
  readonly end: QueuedCallEnd
}

/**
 * Ends calls that are still in the state given, and inserts the reports to their webhooks. Gives the ids of those that it ended. The rows are locked in
 * the order of their ids, like those of a renewal, so that two statements do not wait for each other. A webhook that is being deleted is waited for, and gets no report.
 */
async function endCalls(db: Db, ends: readonly EndOfRow[]): Promise<ReadonlySet<string>> {
  if (ends.length === 0) return new Set()
  const rows = await db.execute<{ id: string }>(endStatement(ends))
  return new Set(rows.map(({ id }) => id))
}

function endStatement(ends: readonly EndOfRow[]): SQL {
  const all = ends.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(endRow)
  const column = (of: (row: EndRow) => string | undefined) => sql`${textArray(all.map(of))}::text[]`
  // Arrays, because the planner expects few rows of them and then looks each call up by its id.
  return sql`
    with given as materialized (
      select id, token::bigint, holder, status::queued_call_status, envelope, error, report_id, key_status::idempotency_status, key_error,
        coalesce(key_error, error) as kept_error, case when key_error is null then envelope end as kept_envelope
      from unnest(${column((row) => row.id)}, ${column((row) => row.token)}, ${column((row) => row.holder)}, ${column((row) => row.status)}, ${column((row) => row.envelope)},
        ${column((row) => row.error)}, ${column((row) => row.reportId)}, ${column((row) => row.keyStatus)}, ${column((row) => row.keyError)})
        as g(id, token, holder, status, envelope, error, report_id, key_status, key_error)),
    held as materialized (
      select q.id from given g cross join lateral (
        select c.id from queued_calls c where c.id = g.id
          and ((g.token is null and c.status = 'accepted') or (c.fencing_token = g.token and c.worker_instance_id = g.holder and c.status = 'running'))
        for update) q),
    ended as (
      update queued_calls q set status = g.status, ended_at = now(), grant_id = null, worker_instance_id = null, lease_until = null,
        last_error = null, updated_at = now()
      from held h join given g using (id) where q.id = h.id
      returning q.id, q.webhook_id, q.operation_name, q.depth, q.ended_at),
    reported as (
      insert into webhook_deliveries (id, webhook_id, event, call_id, operation_name, depth, occurred_at, expires_at)
      select g.report_id, w.id, ('call.' || g.status)::webhook_event, e.id, e.operation_name, e.depth + 1, e.ended_at,
        now() + ${interval(REPORTED_MS)}
      from ended e join given g using (id) cross join lateral (
        select id from webhooks where id = e.webhook_id for key share) w),
    kept as (
      insert into queued_call_results (call_id, envelope, error)
      select e.id, g.envelope, g.error from ended e join given g using (id)),
    freed as (
      delete from idempotency_keys k using ended e join given g using (id)
      where k.call_id = e.id and k.status = 'pending' and g.key_status is null),
    keyed as (
      update idempotency_keys k set status = g.key_status, envelope = g.kept_envelope::jsonb, error = g.kept_error::jsonb,
        expires_at = now() + ${interval(KEY_KEPT_MS)}, updated_at = now()
      from ended e join given g using (id)
      where k.call_id = e.id and k.status = 'pending' and g.key_status is not null)
    select id from ended`
}

interface EndRow {
  readonly id: string
  readonly token: string | undefined
  readonly holder: string | undefined
  readonly status: string
  readonly envelope: string | undefined
  readonly error: string | undefined
  readonly reportId: string
  /** What the idempotency key stands for then; undefined when the key is free again. */
  readonly keyStatus: IdempotencyStatus | undefined
  /** The error under the key, where the answer itself cannot be kept under it. */
  readonly keyError: string | undefined
}

function endRow({ id, claim, end }: EndOfRow): EndRow {
  const envelope = end.status === 'completed' ? end.envelope : undefined
  const error = end.status === 'completed' ? undefined : failureText(end.error)
  // What jsonb refuses is kept as the result only.
  const isKept = !UNSTORABLE.test(envelope ?? error ?? '')
  return {
    id,
    token: claim === undefined ? undefined : String(claim.token),
    holder: claim?.workerInstanceId,
    status: end.status,
    envelope,
    error,
    reportId: uuidv7(),
    keyStatus: isKept ? keyStatusOf(end) : 'unknown',
    keyError: isKept ? undefined : NOT_KEPT,
  }
}

/** The code is the first member: lists filter by it. */
function failureText({ code, message, details }: CallFailure): string {
  return JSON.stringify({ code, message, ...(details !== undefined && { details }) })
}

/** Texts that jsonb does not take: NUL, and half of a surrogate pair, which JSON.stringify escapes. May find more than those. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/i

const NOT_KEPT = JSON.stringify({
  code: 'CONFLICT',
  message: 'The first call with this key has ended, but its answer could not be kept.',
})

function keyStatusOf(end: QueuedCallEnd): IdempotencyStatus | undefined {
  if (end.status === 'completed') return 'completed'
  if (end.ran === 'no') return undefined
  return end.ran === 'yes' ? 'failed' : 'unknown'
}
