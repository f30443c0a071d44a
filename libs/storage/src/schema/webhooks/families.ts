/** `sending`: a process has the claim. `dead`: its time is over; it can be repeated. */
export const DeliveryStatus = {
  PENDING: 'pending',
  SENDING: 'sending',
  DELIVERED: 'delivered',
  DEAD: 'dead',
} as const
export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus]

/** What a delivery reports. */
export const WebhookEvent = {
  CALL_COMPLETED: 'call.completed',
  CALL_FAILED: 'call.failed',
  CALL_ABORTED: 'call.aborted',
  TEST: 'webhook.test',
} as const
export type WebhookEvent = (typeof WebhookEvent)[keyof typeof WebhookEvent]
