import type { RetryClass } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { plainArray } from '../call-log/call-log-arrays.ts'
import type { Claim } from '../claims/claim-rows.ts'
import { interval, textArray } from '../database/sql-values.ts'
import { transactionAtOnce } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { ORDER_FROM_INDEXES } from './order-from-indexes.ts'
import { orgsOfGrant } from '../identity/grants.ts'
import type { Metadata, ResourceGrants } from '../schema/common.ts'

/** Claims are made one after the other, so that the limits and the order hold exactly. */
const CLAIM_LOCK = 0x61_6c_6b_71

/** A call whose claim this process holds (`Claim`). */
export interface ClaimedCall extends Claim {
  /** The id of the attempt. */
  readonly attemptCallId: string
  readonly operationName: string
  /** JSON. */
  readonly input: string
  readonly accountId: string | null
  readonly grantId: string | null
  /** The rights that it runs with. Null when they were revoked or have expired, or their key or account is gone. */
  readonly grant: ClaimedGrant | null
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
  /** The webhook to which its end is reported. */
  readonly webhookId: string | null
  readonly abortRequested: boolean
  readonly abortReason: string | null
}

/** A grant as it is when the call is claimed. */
export interface ClaimedGrant {
  readonly accountId: string
  readonly keyId: string
  readonly scopes: readonly string[]
  readonly resources: ResourceGrants
  /** Organizations of the account now that the grant covers. */
  readonly orgIds: readonly string[]
  /** As stored with the grant. Absent: all organizations of the account. */
  readonly withinOrgs?: readonly string[]
  /** When the grant expires, in milliseconds since the epoch. Absent: with its key. */
  readonly rightsEndAtMs?: number
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
  /** Attempts that are started in a second of the clock of the database, in the deployment. 0 or absent: no limit. */
  readonly maxStartsPerAccount?: number
  readonly maxStartsPerOperation?: number
  /** Limits of single operations in the place of the two for all: by name, or by the beginning of names with `*` behind it. */
  readonly limitsOf?: Readonly<Record<string, OperationLimits>>
}

/** Limits of the queued calls of an operation, see `queue.limitsOf`. */
export interface OperationLimits {
  readonly atATime?: number
  /** 0: no limit. */
  readonly perSecond?: number
}

const MAX_INT = 2_147_483_647

/** Which of `own` are of the operation of `w`; the whole name counts, else the longest beginning. */
const OF_OPERATION = sql.raw(`(
  case when right(name, 1) = '*' then starts_with(w.operation_name, left(name, -1)) else name = w.operation_name end)
  order by right(name, 1) = '*', length(name) desc limit 1`)

function ownLimits(limitsOf: Readonly<Record<string, OperationLimits>>): string {
  return JSON.stringify(
    Object.entries(limitsOf).map(([name, { atATime, perSecond }]) => ({
      name,
      at_a_time: atATime,
      per_second: perSecond,
    })),
  )
}

const CLAIMED = sql.raw(`
  q.id, q.fencing_token as token, q.worker_instance_id as "workerInstanceId", q.attempt_call_id as "attemptCallId", q.operation_name as "operationName", q.input,
  q.account_id as "accountId", q.grant_id as "grantId", (
    select json_build_object('accountId', g.account_id, 'keyId', g.key_id, 'scopes', g.scopes, 'resources', g.resources, 'metadata', g.metadata, 'rightsEndAtMs', floor(extract(epoch from g.expires_at) * 1000), 'orgIds', array(
      select m.org_id from organization_members m where m.account_id = g.account_id order by m.org_id))
    from grants g where g.id = q.grant_id and g.revoked_at is null and (g.expires_at is null or g.expires_at > now())) as "grant", q.retry, q.idempotency_key as "idempotencyKey", q.attempts,
  q.max_attempts as "maxAttempts", q.backoff_ms as "backoffMs", q.timeout_ms as "timeoutMs", q.depth, q.traceparent, q.metadata, q.webhook_id as "webhookId",
  q.abort_requested_at is not null as "abortRequested", q.abort_reason as "abortReason"`)

/** A claim of calls that are due. */
export interface ClaimedCalls {
  readonly calls: readonly ClaimedCall[]
  /** Other calls may wait: more are due than were claimed, or an account or an operation has reached a limit. */
  readonly isMore: boolean
}

/**
 * Claims calls that are due: the account with the fewest calls that run comes first, and of one account the highest priority, then the call
 * that has been due for longest. An account or an operation at a limit is passed over; limits that are stored for an account count in the place of those
 * given. Each claimed call gets a new attempt id, a higher token and a lease.
 */
export function claimDueCalls(db: Db, request: ClaimRequest): Promise<ClaimedCalls> {
  const { workerInstanceId, leaseMs, limit, maxPerAccount, maxPerOperation } = request
  if (limit < 1) return Promise.resolve({ calls: [], isMore: true })
  const { maxStartsPerAccount = 0, maxStartsPerOperation = 0, limitsOf = {} } = request
  const startsOf = (most: SQL, subject: SQL) => sql`
    case when ${most} = 0 then ${limit}::int
      else ${most} - coalesce((select started from starts where subject = ${subject}), 0) end`
  const attemptIds = Array.from({ length: limit }, () => uuidv7())
  const lock = sql`select pg_advisory_xact_lock(${CLAIM_LOCK}), ${ORDER_FROM_INDEXES}`
  const claim = sql`
      with recursive
      running as materialized (
        select account_id, operation_name, count(*)::int as n from queued_calls
        where status = 'running' group by 1, 2),
      by_account as (select account_id, sum(n)::int as n from running group by 1),
      by_operation as (select operation_name, sum(n)::int as n from running group by 1),
      starts as materialized (
        select subject, started from queue_starts where second = date_trunc('second', now())),
      own as materialized (
        select name, at_a_time, per_second from json_to_recordset(${ownLimits(limitsOf)}::json) as l(name text, at_a_time int, per_second int)),
      waiting as (
        (select account_id, operation_name from queued_calls
         where status = 'accepted' and account_id is not null
         order by account_id, operation_name limit 1)
        union all
        select next.account_id, next.operation_name from waiting w
        cross join lateral (
          select q.account_id, q.operation_name from queued_calls q
          where q.status = 'accepted' and (q.account_id, q.operation_name) > (w.account_id, w.operation_name)
          order by q.account_id, q.operation_name limit 1) next),
      limited as (
        select w.account_id, w.operation_name,
          coalesce(nullif((c.request_limits->>'queuedAtATime')::int, 0), case when c.request_limits ? 'queuedAtATime' then ${MAX_INT}::int else ${maxPerAccount}::int end) as account_most,
          coalesce((c.request_limits->>'queuedPerSecond')::int, ${maxStartsPerAccount}::int) as account_starts,
          coalesce((select at_a_time from own where at_a_time is not null and ${OF_OPERATION}), ${maxPerOperation}::int) as operation_most,
          coalesce((select per_second from own where per_second is not null and ${OF_OPERATION}), ${maxStartsPerOperation}::int) as operation_starts
        from waiting w left join accounts c on c.id = w.account_id),
      places as materialized (
        select l.account_id, l.operation_name, l.account_starts, l.operation_starts, coalesce(a.n, 0) as account_n,
          least(l.account_most - coalesce(a.n, 0), ${startsOf(sql`l.account_starts`, sql`'account ' || l.account_id`)}) as account_left,
          least(l.operation_most - coalesce(o.n, 0), ${startsOf(sql`l.operation_starts`, sql`'operation ' || l.operation_name`)}) as operation_left
        from limited l
        left join by_account a on a.account_id = l.account_id
        left join by_operation o on o.operation_name = l.operation_name),
      due as (
        select q.*, w.account_id, w.operation_name, w.account_n, w.account_left, w.operation_left
        from places w
        cross join generate_series(9, 0, -1) as p(priority)
        cross join lateral (
          select q.id, q.priority, q.not_before from queued_calls q
          where q.status = 'accepted' and q.account_id = w.account_id and q.operation_name = w.operation_name
            and q.priority = p.priority and q.not_before <= now() and (q.expires_at is null or q.expires_at > now())
          order by q.not_before, q.id
          limit greatest(0, least(${limit}::int, w.account_left, w.operation_left))) q
        where w.account_left > 0 and w.operation_left > 0),
      of_account as (
        select *, row_number() over (partition by account_id order by priority desc, not_before, id) as nth_of_account from due),
      of_operation as (
        select *, account_n + nth_of_account as place, row_number() over (
          partition by operation_name order by account_n + nth_of_account, priority desc, not_before, id) as nth_of_operation
        from of_account where nth_of_account <= account_left),
      picked as (
        select id, row_number() over (order by place, priority desc, not_before, id) as nth from of_operation
        where nth_of_operation <= operation_left
        order by place, priority desc, not_before, id limit ${limit}::int),
      started as (
      update queued_calls q set
        status = 'running', attempts = q.attempts + 1, fencing_token = q.fencing_token + 1,
        worker_instance_id = ${workerInstanceId}, lease_until = now() + ${interval(leaseMs)},
        attempt_call_id = ids.id, started_at = coalesce(q.started_at, now()), updated_at = now()
      from picked join unnest(${plainArray(attemptIds)}::text[]) with ordinality as ids(id, nth) on ids.nth = picked.nth
      where q.id = picked.id and q.status = 'accepted'
      returning ${CLAIMED}),
      counted as (
        insert into queue_starts (subject, second, started)
        select subject, date_trunc('second', now()), count(*)::int from (
          select 'account ' || p.account_id as subject
          from started s join places p on p.account_id = s."accountId" and p.operation_name = s."operationName" where p.account_starts > 0
          union all
          select 'operation ' || p.operation_name
          from started s join places p on p.account_id = s."accountId" and p.operation_name = s."operationName" where p.operation_starts > 0) subjects
        group by subject
        on conflict (subject) do update set second = excluded.second,
          started = excluded.started + case when queue_starts.second = excluded.second then queue_starts.started else 0 end)
      select started.*, waits."isMore" from (
        select (select count(*) from due) > (select count(*) from picked) or exists (
          select from places p
          where least(p.account_left, p.operation_left) <= (
            select count(*) from due d where d.account_id = p.account_id and d.operation_name = p.operation_name)) as "isMore") waits
      left join started on true`
  return coded(async () => {
    // Sent together, so that the lock is not held during a round trip.
    const [, rows = []] = await transactionAtOnce(db, [lock, claim])
    const [first] = rows as unknown as { isMore: boolean }[]
    const calls = (rows as unknown as { id: string | null }[]).filter(({ id }) => id !== null)
    return { calls: claimed(calls), isMore: first?.isMore ?? false }
  })
}

/** Deletes counts of starts of seconds that are over. At most `limit`; gives how many. */
export function pruneQueueStarts(db: Db, limit: number): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from queue_starts where subject in (
        select subject from queue_starts where second < now() - interval '1 day' limit ${limit}::int)
      returning subject`)
    return rows.length
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
          where status = 'running' and lease_until < now() and id <> all(${textArray(request.except)})
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

/** Extends leases, of all rows in the order of their ids. A claim that is not in the answer is lost: another process holds the row, or it has ended. */
export function renewQueuedCalls(
  db: Db,
  claims: readonly Claim[],
  leaseMs: number,
): Promise<RenewedCall[]> {
  if (claims.length === 0) return Promise.resolve([])
  return coded(async () => {
    const rows = await db.execute(sql`
      with held as materialized (
        select q.id from queued_calls q
        join unnest(${textArray(claims.map(({ id }) => id))}, ${textArray(claims.map(({ token }) => String(token)))},
          ${textArray(claims.map(({ workerInstanceId }) => workerInstanceId))}) as given(id, token, holder) using (id)
        where q.fencing_token = given.token::bigint and q.worker_instance_id = given.holder and q.status = 'running'
        order by q.id for update of q)
      update queued_calls q set lease_until = now() + ${interval(leaseMs)}
      from held where q.id = held.id
      returning q.id, q.fencing_token as token, q.abort_requested_at is not null as "abortRequested", q.abort_reason as "abortReason"`)
    return withTokens(rows as unknown as (RenewedCall & { readonly token: unknown })[])
  })
}

type ClaimedRow = Omit<ClaimedCall, 'token' | 'grant'> & {
  readonly token: unknown
  readonly grant: StoredGrant | null
}

interface StoredGrant extends Omit<ClaimedGrant, 'rightsEndAtMs'> {
  readonly metadata: Metadata
  readonly rightsEndAtMs: number | null
}

function claimed(rows: unknown): ClaimedCall[] {
  return withTokens(rows as ClaimedRow[]).map((row) => {
    if (row.grant === null) return { ...row, grant: null }
    const { metadata, orgIds, rightsEndAtMs, ...grant } = row.grant
    const ends = rightsEndAtMs === null ? {} : { rightsEndAtMs }
    return { ...row, grant: { ...grant, ...ends, ...orgsOfGrant({ metadata }, orgIds) } }
  })
}

/** The driver gives a bigint as text. */
function withTokens<Row extends { readonly token: unknown }>(
  rows: readonly Row[],
): (Omit<Row, 'token'> & { readonly token: number })[] {
  return rows.map((row) => ({ ...row, token: Number(row.token) }))
}
