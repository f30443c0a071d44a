import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, idColumn, instant, updatedAtColumn, valuesOf } from '../common.ts'
import { DeliveryStatus, WebhookEvent } from './families.ts'
import { webhooks } from './webhooks.ts'

export const deliveryStatus = pgEnum('delivery_status', valuesOf(DeliveryStatus))
export const webhookEvent = pgEnum('webhook_event', valuesOf(WebhookEvent))

/**
 * Reports to a webhook, each inserted in the transaction that ends its call. A process claims a row with one update (attempt + 1, fencing
 * token + 1, lease) and records the outcome under that token. When the lease ends without an outcome, the row is claimed again: a report
 * may arrive twice.
 */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: idColumn(),
    createdAt: createdAtColumn(),
    updatedAt: updatedAtColumn(),
    webhookId: text()
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    event: webhookEvent().notNull(),
    /** The queued call. A test has none. */
    callId: text(),
    operationName: text(),
    /** Calls above the request: those above the call, and the call itself. */
    depth: integer().notNull().default(0),
    /** When the call ended. */
    occurredAt: instant().notNull().defaultNow(),
    status: deliveryStatus().notNull().default(DeliveryStatus.PENDING),
    attempts: integer().notNull().default(0),
    nextAttemptAt: instant().notNull().defaultNow(),
    /** No attempt is planned after this instant. */
    expiresAt: instant().notNull(),
    /** Claims so far. The outcome of an attempt names the token of its claim, and its holder. */
    fencingToken: bigint({ mode: 'number' }).notNull().default(0),
    /** The process that holds the claim, until `lease_until`. */
    workerInstanceId: text(),
    leaseUntil: instant(),
    /** Of the latest answer. */
    httpStatus: integer(),
    /** Why the latest attempt failed. */
    lastError: text(),
    endedAt: instant(),
  },
  (t) => [
    index('idx_webhook_deliveries_due')
      .on(t.webhookId, t.nextAttemptAt, t.id)
      .where(sql`${t.status} = 'pending'`),
    index('idx_webhook_deliveries_leased')
      .on(t.leaseUntil)
      .where(sql`${t.status} = 'sending'`),
    index('idx_webhook_deliveries_open')
      .on(t.webhookId, t.callId, t.id)
      .where(sql`${t.status} in ('pending', 'sending')`),
    index('idx_webhook_deliveries_dead')
      .on(t.webhookId, t.id)
      .where(sql`${t.status} = 'dead'`),
    index('idx_webhook_deliveries_webhook_id_id').on(t.webhookId, t.id),
    index('idx_webhook_deliveries_ended_at')
      .on(t.endedAt)
      .where(sql`${t.endedAt} is not null`),
    check(
      'chk_webhook_deliveries_call',
      sql`(${t.event} = 'webhook.test') = (${t.callId} is null) and (${t.callId} is null) = (${t.operationName} is null)`,
    ),
    check(
      'chk_webhook_deliveries_lease',
      sql`(${t.status} = 'sending') = (${t.leaseUntil} is not null and ${t.workerInstanceId} is not null)`,
    ),
    check(
      'chk_webhook_deliveries_ended',
      sql`(${t.status} in ('delivered', 'dead')) = (${t.endedAt} is not null)`,
    ),
    check(
      'chk_webhook_deliveries_attempts',
      sql`${t.attempts} >= 0 and ${t.fencingToken} >= 0 and ${t.depth} >= 0`,
    ),
  ],
)

export const WebhookDeliveryRow = createSelectSchema(webhookDeliveries)
export type WebhookDeliveryRow = Static<typeof WebhookDeliveryRow>
