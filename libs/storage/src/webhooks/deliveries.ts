import { must, uuidv7 } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import type { DeliveryStatus } from '../schema/webhooks/families.ts'
import { webhookDeliveries } from '../schema/webhooks/webhook-deliveries.ts'
import type { WebhookDeliveryRow } from '../schema/webhooks/webhook-deliveries.ts'

export interface ListDeliveries extends PageRequest {
  readonly webhookId: string
  readonly status?: DeliveryStatus | undefined
  readonly callId?: string | undefined
}

/** Deliveries of a webhook, the newest first. */
export function listDeliveries(db: Db, request: ListDeliveries): Promise<Page<WebhookDeliveryRow>> {
  return coded(async () => {
    const { webhookId, status, callId } = request
    const keyset = new Keyset([webhookDeliveries.id], 'desc', [
      'webhook deliveries',
      webhookId,
      status,
      callId,
    ])
    const rows = await db
      .select()
      .from(webhookDeliveries)
      .where(
        and(
          eq(webhookDeliveries.webhookId, webhookId),
          status === undefined ? undefined : eq(webhookDeliveries.status, status),
          callId === undefined ? undefined : eq(webhookDeliveries.callId, callId.toLowerCase()),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/** Stores a test of a webhook, which is sent once. `depth`: calls above the request. */
export function insertTestDelivery(
  db: Db,
  webhookId: string,
  depth: number,
): Promise<WebhookDeliveryRow> {
  return coded(async () => {
    const [row] = await db
      .insert(webhookDeliveries)
      .values({ id: uuidv7(), webhookId, event: 'webhook.test', depth, expiresAt: sql`now()` })
      .returning()
    return must(row)
  })
}

/**
 * Makes dead deliveries of a webhook due again for `keptMs` milliseconds: one of them, or the oldest `limit`. Gives their ids.
 */
export function repeatDeliveries(
  db: Db,
  request: {
    readonly webhookId: string
    readonly deliveryId?: string | undefined
    readonly keptMs: number
    readonly limit: number
  },
): Promise<string[]> {
  return coded(async () => {
    const { webhookId, deliveryId, keptMs, limit } = request
    const one = deliveryId === undefined ? sql`` : sql`and id = ${deliveryId.toLowerCase()}`
    const rows = (await db.execute(sql`
      update webhook_deliveries set status = 'pending', attempts = 0, ended_at = null, next_attempt_at = now(), updated_at = now(),
        expires_at = now() + ${keptMs / 1000}::double precision * interval '1 second'
      where id in (
        select id from webhook_deliveries where webhook_id = ${webhookId} and status = 'dead' ${one}
        order by id limit ${limit}::int for update)
      returning id`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id).toSorted()
  })
}

/** Dead deliveries of a webhook, 10,000 at most. */
export function countDeadDeliveries(db: Db, webhookId: string): Promise<number> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select count(*)::int as count from (
        select from webhook_deliveries where webhook_id = ${webhookId} and status = 'dead' limit 10000) d`)) as unknown as {
      count: number
    }[]
    return row?.count ?? 0
  })
}

/** Deletes deliveries that ended before: dead ones after `deadMs`, all others after `endedMs` milliseconds. At most `limit`; gives how many. */
export function pruneDeliveries(
  db: Db,
  {
    endedMs,
    deadMs,
    limit,
  }: { readonly endedMs: number; readonly deadMs: number; readonly limit: number },
): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from webhook_deliveries where id in (
        select id from webhook_deliveries
        where ended_at < now() - ${Math.min(endedMs, deadMs) / 1000}::double precision * interval '1 second'
          and ended_at < now() - (case when status = 'dead' then ${deadMs}::double precision else ${endedMs}::double precision end)
            / 1000 * interval '1 second'
        order by ended_at limit ${limit}::int)
      returning id`)
    return rows.length
  })
}
