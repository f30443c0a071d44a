// Webhooks, their secrets and their deliveries: the entry `@alkdev/storage/webhooks`.
export { createWebhook, deleteWebhook, getWebhook, listWebhooks } from './webhooks/webhooks.ts'
export type { WebhookViewer } from './webhooks/webhooks.ts'
export {
  listWebhookSecrets,
  listWebhookSecretsToReencrypt,
  pruneWebhookSecrets,
  putWebhookSecret,
  reencryptWebhookSecret,
} from './webhooks/webhook-secrets.ts'
export { claimDeliveries, readDeliveryState, recordDelivery } from './webhooks/claim-deliveries.ts'
export type { ClaimedDelivery } from './webhooks/claim-deliveries.ts'
export {
  countDeadDeliveries,
  insertTestDelivery,
  listDeliveries,
  pruneDeliveries,
  repeatDeliveries,
} from './webhooks/deliveries.ts'
export { WebhookDeliveryRow } from './schema/webhooks/webhook-deliveries.ts'
export { WebhookRow } from './schema/webhooks/webhooks.ts'
