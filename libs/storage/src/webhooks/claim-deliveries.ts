import { sql } from 'drizzle-orm'
import { interval } from '../database/sql-values.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Claim } from '../claims/claim-rows.ts'
import type { Db } from '../database/types.ts'
import type { WebhookEvent } from '../schema/webhooks/families.ts'

/** Claims are made one after the other, so that the limits hold exactly. */
const CLAIM_LOCK = 0x61_6c_6b_77

/** A delivery whose claim this process holds (`Claim`). */
export interface ClaimedDelivery extends Claim {
  readonly webhookId: string
  readonly webhookName: string
  readonly url: string
  readonly event: WebhookEvent
  readonly callId: string | null
  readonly operationName: string | null
  readonly depth: number
  readonly occurredAt: Date
  /** This one included. */
  readonly attempts: number
}

export interface ClaimDeliveries {
  readonly workerInstanceId: string
  /** Milliseconds of the lease, by the clock of the database. It is not renewed. */
  readonly leaseMs: number
  /** Deliveries at most. */
  readonly limit: number
  /** Deliveries that are sent at a time in the deployment. */
  readonly maxPerWebhook: number
  readonly maxPerAccount: number
}

/**
 * Claims deliveries that are due, also those whose holder let its lease end: the webhook that sends the fewest comes first. A webhook or an
 * account at its limit is passed over, and so is a delivery while an earlier one of the same call has not ended.
 */
export function claimDeliveries(db: Db, request: ClaimDeliveries): Promise<ClaimedDelivery[]> {
  const { workerInstanceId, leaseMs, limit, maxPerWebhook, maxPerAccount } = request
  if (limit < 1) return Promise.resolve([])
  return inTransaction(db, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${CLAIM_LOCK})`)
    // Cut to the precision of the column: rounding up would make the row due after this transaction.
    await tx.execute(sql`
      update webhook_deliveries set status = 'pending', lease_until = null, worker_instance_id = null,
        next_attempt_at = date_trunc('milliseconds', now()), updated_at = now()
      where status = 'sending' and lease_until < now()`)
    const rows = await tx.execute(sql`
      with recursive
      waiting as (
        (select webhook_id from webhook_deliveries where status = 'pending' order by webhook_id limit 1)
        union all
        select next.webhook_id from waiting cross join lateral (
          select d.webhook_id from webhook_deliveries d
          where d.status = 'pending' and d.webhook_id > waiting.webhook_id order by d.webhook_id limit 1) next),
      sending as materialized (
        select d.webhook_id, w.account_id, count(*)::int as n
        from webhook_deliveries d join webhooks w on w.id = d.webhook_id where d.status = 'sending' group by 1, 2),
      due as (
        select d.id, d.next_attempt_at, w.account_id,
          coalesce(s.n, 0) + row_number() over (partition by w.id order by d.next_attempt_at, d.id) as place
        from waiting
        join webhooks w on w.id = waiting.webhook_id
        left join sending s on s.webhook_id = w.id
        cross join lateral (
          select d.id, d.next_attempt_at from webhook_deliveries d
          where d.webhook_id = w.id and d.status = 'pending' and d.next_attempt_at <= now()
            and (d.call_id is null or not exists (
              select from webhook_deliveries e
              where e.webhook_id = d.webhook_id and e.call_id = d.call_id and e.id < d.id and e.status in ('pending', 'sending')))
          order by d.next_attempt_at, d.id
          limit greatest(0, least(${limit}::int, ${maxPerWebhook}::int - coalesce(s.n, 0)))) d),
      of_account as (
        select due.*, coalesce((select sum(n) from sending where sending.account_id = due.account_id), 0)
          + row_number() over (partition by account_id order by place, next_attempt_at, id) as account_place from due),
      picked as (
        select id from of_account where account_place <= ${maxPerAccount}::int
        order by account_place, place, next_attempt_at, id limit ${limit}::int)
      update webhook_deliveries d set status = 'sending', attempts = d.attempts + 1, fencing_token = d.fencing_token + 1,
        worker_instance_id = ${workerInstanceId}, lease_until = now() + ${interval(leaseMs)}, updated_at = now()
      from picked, webhooks w
      where d.id = picked.id and d.status = 'pending' and w.id = d.webhook_id
      returning d.id, d.fencing_token as token, d.worker_instance_id as "workerInstanceId", d.webhook_id as "webhookId", w.name as "webhookName", w.url, d.event,
        d.call_id as "callId", d.operation_name as "operationName", d.depth, d.attempts,
        extract(epoch from d.occurred_at)::double precision * 1000 as "occurredMs"`)
    type Raw = Omit<ClaimedDelivery, 'occurredAt' | 'token'> & {
      readonly token: unknown
      readonly occurredMs: number
    }
    return (rows as unknown as Raw[]).map(({ occurredMs, token, ...row }) => ({
      ...row,
      // The driver gives a bigint as text.
      token: Number(token),
      occurredAt: new Date(Math.round(occurredMs)),
    }))
  })
}

/** What became of an attempt. */
export type DeliveryOutcome =
  | { readonly kind: 'delivered'; readonly httpStatus: number }
  | {
      readonly kind: 'failed'
      readonly httpStatus: number | undefined
      readonly error: string
      /** Milliseconds until the next attempt, by the clock of the database. */
      readonly delayMs: number
    }

/**
 * Records the outcome of an attempt. A failed delivery is dead when its next attempt would come after its end. Undefined when the claim is
 * lost: nothing is written.
 */
export function recordDelivery(
  db: Db,
  { id, token, workerInstanceId }: Claim,
  outcome: DeliveryOutcome,
): Promise<'delivered' | 'pending' | 'dead' | undefined> {
  return coded(async () => {
    const mine = sql`id = ${id} and fencing_token = ${token} and worker_instance_id = ${workerInstanceId} and status = 'sending'`
    const rows = await db.execute(
      outcome.kind === 'delivered'
        ? sql`
          update webhook_deliveries set status = 'delivered', lease_until = null, worker_instance_id = null, http_status = ${outcome.httpStatus}::int,
            last_error = null, ended_at = now(), updated_at = now()
          where ${mine} returning status`
        : sql`
          update webhook_deliveries d set lease_until = null, worker_instance_id = null, http_status = ${outcome.httpStatus ?? null}::int,
            last_error = ${outcome.error}, updated_at = now(), next_attempt_at = next.at,
            status = (case when next.at < expires_at then 'pending' else 'dead' end)::delivery_status,
            ended_at = case when next.at < expires_at then null else now() end
          from (select now() + ${interval(outcome.delayMs)} as at) next
          where ${mine} returning status`,
    )
    const [row] = rows as unknown as { status: 'delivered' | 'pending' | 'dead' }[]
    return row?.status
  })
}

/** Deliveries that wait and that are sent, in the whole deployment, 10,000 at most each. */
export function readDeliveryState(
  db: Db,
): Promise<{ readonly pending: number; readonly sending: number }> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select
        (select count(*)::int from (select from webhook_deliveries where status = 'pending' limit 10000) p) as pending,
        (select count(*)::int from (select from webhook_deliveries where status = 'sending' limit 10000) s) as sending`)) as unknown as {
      pending: number
      sending: number
    }[]
    return row ?? { pending: 0, sending: 0 }
  })
}
