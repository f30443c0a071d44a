import { sql } from 'drizzle-orm'
import { memberOf } from '../approvals/read-approvals.ts'
import { webhookDeliveries } from '../schema/webhooks/webhook-deliveries.ts'
import { webhooks } from '../schema/webhooks/webhooks.ts'
import type { InboxSource } from './inbox-source.ts'

/** Reports of calls that could not be delivered to a webhook; none for a session. */
export const deadDeliveriesSource: InboxSource = {
  kind: 'dead-delivery',
  isPlain: true,
  select: ({ accountId, orgIds, sessionId }, page) => sql`
    select 'dead-delivery', ${webhookDeliveries.id}, ${webhookDeliveries.endedAt}, ${webhooks.name}, ${webhooks.accountId},
      ${webhooks.orgId}, 'call', ${webhookDeliveries.callId}, ${webhookDeliveries.lastError}, null, null::timestamptz, null, null,
      null::text[]
    from ${webhookDeliveries} join ${webhooks} on ${webhooks.id} = ${webhookDeliveries.webhookId}
    where ${webhookDeliveries.status} = 'dead' and ${webhookDeliveries.callId} is not null
      and ((${webhooks.orgId} is null and ${webhooks.accountId} = ${accountId})
        or ${webhooks.orgId} = any(${memberOf(accountId, orgIds)}))
      and ${sessionId === undefined} and ${page({ at: sql`${webhookDeliveries.endedAt}`, id: sql`${webhookDeliveries.id}` })}`,
}
