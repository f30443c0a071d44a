import type { Webhook, WebhookDelivery } from '@alkdev/contracts'
import type { WebhookDeliveryRow, WebhookRow } from '@alkdev/storage/webhooks'

/** A webhook as the contract shows it. */
export function webhookView(row: WebhookRow): Webhook {
  return {
    webhookId: row.id,
    name: row.name,
    url: row.url,
    accountId: row.accountId,
    ...(row.orgId !== null && { orgId: row.orgId }),
    createdAt: row.createdAt.toISOString(),
  }
}

/** A delivery as the contract shows it. */
export function deliveryView(row: WebhookDeliveryRow): WebhookDelivery {
  const { callId, operationName, httpStatus, lastError, endedAt, status } = row
  return {
    deliveryId: row.id,
    webhookId: row.webhookId,
    event: row.event,
    ...(callId !== null && { callId }),
    ...(operationName !== null && { operationId: operationName }),
    status,
    attempts: row.attempts,
    ...(httpStatus !== null && { httpStatus }),
    ...(lastError !== null && { error: lastError }),
    createdAt: row.createdAt.toISOString(),
    ...(status === 'pending' && { nextAttemptAt: row.nextAttemptAt.toISOString() }),
    ...(endedAt !== null && { endedAt: endedAt.toISOString() }),
  }
}
