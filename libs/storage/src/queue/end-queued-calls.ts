import type { CallFailure } from '@alkdev/contracts'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
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

export interface Claim {
  readonly id: string
  readonly token: number
}

/** Milliseconds that an idempotency key stands for a queued call after its end. */
const KEY_KEPT_MS = 24 * 3600 * 1000

/**
 * Writes the end of a call, its result, and what its idempotency key stands for, in one statement. False when the claim is lost: another
 * process decides. A key whose call is proven not to have run is free again.
 */
export function settleQueuedCall(
  db: Db,
  { id, token }: Claim,
  end: QueuedCallEnd,
): Promise<boolean> {
  return coded(async () => {
    const ids = await db.execute(
      endStatement(sql`q.id = ${id} and q.fencing_token = ${token} and q.status = 'running'`, end),
    )
    return ids.length > 0
  })
}

export interface Release {
  /** Milliseconds until it is due again, by the clock of the database. */
  readonly delayMs: number
  /** Why the attempt ended; kept until the next end. */
  readonly error?: CallFailure | undefined
  /** The attempt is proven not to have run, and does not count. */
  readonly uncounted: boolean
}

/** Gives a claimed call back for another attempt. False when the claim is lost. */
export function releaseQueuedCall(
  db: Db,
  { id, token }: Claim,
  { delayMs, error, uncounted }: Release,
): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`
      update queued_calls set status = 'accepted', worker_instance_id = null, lease_until = null,
        attempts = attempts - ${uncounted ? 1 : 0}::int,
        not_before = now() + ${delayMs / 1000}::double precision * interval '1 second',
        last_error = coalesce(${error === undefined ? null : failureText(error)}::text, last_error), updated_at = now()
      where id = ${id} and fencing_token = ${token} and status = 'running'
      returning id`)
    return rows.length > 0
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
  id: string,
  reason: string,
): Promise<QueuedAbort | undefined> {
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
      await tx.execute(endStatement(sql`q.id = ${id} and q.status = 'accepted'`, end))
      return { outcome: 'aborted' }
    }
    if (row.status !== 'running') return { outcome: 'too-late' }
    await tx.execute(sql`
      update queued_calls set abort_requested_at = coalesce(abort_requested_at, now()),
        abort_reason = coalesce(abort_reason, ${reason}), updated_at = now() where id = ${id}`)
    return { outcome: 'requested', attemptCallId: row.attemptCallId ?? '' }
  })
}

/**
 * Ends calls that may not be started any more: their time is over, or their account is gone. At most `limit`; gives how many. A call that was
 * never attempted fails with TIMEOUT, any other with the error of its latest attempt.
 */
export function expireQueuedCalls(db: Db, limit: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    const rows = (await tx.execute(sql`
      select id, attempts, last_error as "lastError", account_id as "accountId" from queued_calls
      where status = 'accepted' and kind = 'call' and (expires_at <= now() or account_id is null)
      limit ${limit}::int for update skip locked`)) as unknown as {
      id: string
      attempts: number
      lastError: string | null
      accountId: string | null
    }[]
    for (const row of rows) {
      // oxlint-disable-next-line no-await-in-loop -- one connection
      await tx.execute(endStatement(sql`q.id = ${row.id} and q.status = 'accepted'`, expired(row)))
    }
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

/** Ends the rows `q` of the condition. Gives their ids. */
function endStatement(where: SQL, end: QueuedCallEnd): SQL {
  // What jsonb refuses is not kept under the key; it is kept as the result.
  const envelope = end.status === 'completed' ? end.envelope : null
  const error = end.status === 'completed' ? null : failureText(end.error)
  return sql`
    with ended as (
      update queued_calls q set status = ${end.status}::queued_call_status, ended_at = now(), worker_instance_id = null,
        lease_until = null, last_error = null, updated_at = now()
      where ${where} returning q.id),
    kept as (
      insert into queued_call_results (call_id, envelope, error)
      select id, ${envelope}::text, ${error}::text from ended),
    keyed as (${keyStatement(end, envelope, error)})
    select id from ended`
}

/** The code is the first member: lists filter by it. */
function failureText({ code, message, details }: CallFailure): string {
  return JSON.stringify({ code, message, ...(details !== undefined && { details }) })
}

/** Texts that jsonb does not take: NUL, and half of a surrogate pair, which JSON.stringify escapes. May find more than those. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/i

function keyStatement(end: QueuedCallEnd, envelope: string | null, error: string | null): SQL {
  if (UNSTORABLE.test(envelope ?? error ?? '')) {
    const message = 'The first call with this key has ended, but its answer could not be kept.'
    const failure = { code: 'CONFLICT', message }
    return keyStatement(
      { status: 'failed', error: failure, ran: 'unknown' },
      null,
      JSON.stringify(failure),
    )
  }
  const own = sql`k.call_id in (select id from ended) and k.status = 'pending'`
  if (end.status !== 'completed' && end.ran === 'no')
    return sql`delete from idempotency_keys k where ${own}`
  const status: IdempotencyStatus =
    end.status === 'completed' ? 'completed' : end.ran === 'yes' ? 'failed' : 'unknown'
  return sql`
    update idempotency_keys k set status = ${status}::idempotency_status, envelope = ${envelope}::jsonb, error = ${error}::jsonb,
      expires_at = now() + ${KEY_KEPT_MS / 1000}::double precision * interval '1 second', updated_at = now()
    where ${own}`
}
