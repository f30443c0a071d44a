import type { Static } from '@alkdev/typebox'
import { count, ms, section } from '../field.ts'

export const WebhooksConfig = section('Deliveries to webhooks.', {
  concurrency: count(32, 'Deliveries that one coordinator sends at a time.', 1, 1000),
  maxPerWebhook: count(
    4,
    'Deliveries to one webhook that are sent at a time in the deployment, so that a slow receiver takes few places.',
    1,
    1000,
  ),
  maxPerAccount: count(
    8,
    'Deliveries to the webhooks of one account that are sent at a time in the deployment.',
    1,
    1000,
  ),
  timeoutMs: ms(10_000, 'Time in which a receiver must answer.', 100, 60_000),
})
export type WebhooksConfig = Static<typeof WebhooksConfig>
