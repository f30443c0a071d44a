import type { RetryClass } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { Metadata } from '../schema/common.ts'

/** Claims are made one after the other, so that the limits and the order hold exactly. */
const CLAIM_LOCK = 0x61_6c_6b_71

/** A call whose claim this process holds. Every write names `id` and `token`. */
export interface ClaimedCall {
  readonly id: string
  readonly token: number
  /** The id of the attempt. */
  readonly attemptCallId: string
  readonly operationName: string
  /** JSON. */
  readonly input: string
  readonly accountId: string | null
  readonly grantId: string | null
  readonly retry: RetryClass
  readonly idempotencyKey: string | null
  /** This one included. */
  readonly attempts: number
  readonly maxAttempts: number
  readonly backoffMs: number
  readonly timeoutMs: number
  readonly depth: number
  readonly traceparent: string | null
  readonly metadata: Metadata
  readonly abortRequested: boolean
  readonly abortReason: string | null
}

export interface ClaimRequest {
  readonly workerInstanceId: string
  /** Milliseconds of the lease, by the clock of the database. */
  readonly leaseMs: number
  /** Calls at most. */
  readonly limit: number
  /** Calls that run at a time in the deployment. */
  readonly maxPerAccount: number
  readonly maxPerOperation: number
}

const CLAIMED = sql.raw(`
  q.id, q.fencing_token as token, q.attempt_call_id as "attemptCallId", q.operation_name as "operationName", q.input,
  q.account_id as "accountId", q.grant_id as "grantId", q.retry, q.idempotency_key as "idempotencyKey", q.attempts,
  q.max_attempts as "maxAttempts", q.backoff_ms as "backoffMs", q.timeout_ms as "timeoutMs", q.depth, q.traceparent, q.metadata,
  q.abort_requested_at is not null as "abortRequested", q.abort_reason as "abortReason"`)

/**
 * Claims calls that are due: the account with the fewest calls that run comes first, and of one account the highest priority, then the call
 * that has been due for longest. An account or an operation at its limit is passed over. Each claimed call gets a new attempt id, a higher
 * token and a lease.
 */
export function claimQueuedCalls(db: Db, request: ClaimRequest): Promise<ClaimedCall[]> {
  const { workerInstanceId, leaseMs, limit, maxPerAccount, maxPerOperation } = request
  if (limit < 1) return Promise.resolve([])
  const attemptIds = Array.from({ length: limit }, () => uuidv7())
  return inTransaction(db, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${CLAIM_LOCK})`)
    const rows = await tx.execute(sql`
      with recursive
      running as materialized (
        select account_id, operation_name, count(*)::int as n from queued_calls
        where status = 'running' and kind = 'call' group by 1, 2),
      by_account as (select account_id, sum(n)::int as n from running group by 1),
      by_operation as (select operation_name, sum(n)::int as n from running group by 1),
      waiting as (
        (select account_id, operation_name from queued_calls
         where status = 'accepted' and kind = 'call' and account_id is not null
         order by account_id, operation_name limit 1)
        union all
        select next.account_id, next.operation_name from waiting w
        cross join lateral (
          select q.account_id, q.operation_name from queued_calls q
          where q.status = 'accepted' and q.kind = 'call' and (q.account_id, q.operation_name) > (w.account_id, w.operation_name)
          order by q.account_id, q.operation_name limit 1) next),
      due as (
        select q.*, w.account_id, w.operation_name, coalesce(a.n, 0) as account_n, coalesce(o.n, 0) as operation_n
        from waiting w
        left join by_account a on a.account_id = w.account_id
        left join by_operation o on o.operation_name = w.operation_name
        cross join generate_series(9, 0, -1) as p(priority)
        cross join lateral (
          select q.id, q.priority, q.not_before from queued_calls q
          where q.status = 'accepted' and q.kind = 'call' and q.account_id = w.account_id and q.operation_name = w.operation_name
            and q.priority = p.priority and q.not_before <= now() and (q.expires_at is null or q.expires_at > now())
          order by q.not_before, q.id
          limit least(${limit}::int, ${maxPerAccount}::int - coalesce(a.n, 0), ${maxPerOperation}::int - coalesce(o.n, 0))) q
        where coalesce(a.n, 0) < ${maxPerAccount}::int and coalesce(o.n, 0) < ${maxPerOperation}::int),
      of_account as (
        select *, account_n + row_number() over (partition by account_id order by priority desc, not_before, id) as place from due),
      of_operation as (
        select *, operation_n + row_number() over (partition by operation_name order by place, priority desc, not_before, id) as operation_place
        from of_account where place <= ${maxPerAccount}::int),
      picked as (
        select id, row_number() over (order by place, priority desc, not_before, id) as nth from of_operation
        where operation_place <= ${maxPerOperation}::int
        order by place, priority desc, not_before, id limit ${limit}::int)
      update queued_calls q set
        status = 'running', attempts = q.attempts + 1, fencing_token = q.fencing_token + 1,
        worker_instance_id = ${workerInstanceId}, lease_until = now() + ${interval(leaseMs)},
        attempt_call_id = ids.id, started_at = coalesce(q.started_at, now()), updated_at = now()
      from picked join unnest(${textArray(attemptIds)}) with ordinality as ids(id, nth) on ids.nth = picked.nth
      where q.id = picked.id and q.status = 'accepted'
      returning ${CLAIMED}`)
    return claimed(rows)
  })
}

/**
 * Takes over calls whose holder let its lease end, except those named: a new token and a lease, the same attempt. The holder of the new token decides what
 * became of the attempt.
 */
export function claimLostCalls(
  db: Db,
  request: Pick<ClaimRequest, 'workerInstanceId' | 'leaseMs' | 'limit'> & {
    readonly except: readonly string[]
  },
): Promise<ClaimedCall[]> {
  return coded(async () =>
    claimed(
      await db.execute(sql`
        with lost as (
          select id from queued_calls
          where status = 'running' and kind = 'call' and lease_until < now() and id <> all(${textArray(request.except)})
          order by lease_until limit ${request.limit}::int for update skip locked)
        update queued_calls q set fencing_token = q.fencing_token + 1, worker_instance_id = ${request.workerInstanceId},
          lease_until = now() + ${interval(request.leaseMs)}, updated_at = now()
        from lost where q.id = lost.id
        returning ${CLAIMED}`),
    ),
  )
}

/** A claim that is still held. */
export interface RenewedCall {
  readonly id: string
  readonly token: number
  readonly abortRequested: boolean
  readonly abortReason: string | null
}

/** Extends leases. A claim that is not in the answer is lost: another process holds the row, or it has ended. */
export function renewQueuedCalls(
  db: Db,
  claims: readonly { readonly id: string; readonly token: number }[],
  leaseMs: number,
): Promise<RenewedCall[]> {
  if (claims.length === 0) return Promise.resolve([])
  return coded(async () => {
    const rows = await db.execute(sql`
      update queued_calls q set lease_until = now() + ${interval(leaseMs)}
      from unnest(${textArray(claims.map(({ id }) => id))}, ${textArray(claims.map(({ token }) => String(token)))}) as held(id, token)
      where q.id = held.id and q.fencing_token = held.token::bigint and q.status = 'running'
      returning q.id, q.fencing_token as token, q.abort_requested_at is not null as "abortRequested", q.abort_reason as "abortReason"`)
    return withTokens(rows as unknown as (RenewedCall & { readonly token: unknown })[])
  })
}

function claimed(rows: unknown): ClaimedCall[] {
  return withTokens(rows as (ClaimedCall & { readonly token: unknown })[])
}

/** The driver gives a bigint as text. */
function withTokens<Row extends object>(
  rows: readonly (Row & { readonly token: unknown })[],
): Row[] {
  return rows.map((row) => ({ ...row, token: Number(row.token) }))
}

const interval = (ms: number) => sql`${ms / 1000}::double precision * interval '1 second'`

/** One parameter however long the list is. */
const textArray = (values: readonly string[]) => sql`${sql.param([...values])}::text[]`
