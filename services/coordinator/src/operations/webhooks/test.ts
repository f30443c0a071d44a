import { serviceSpec } from '@alkdev/contracts'
import type { WebhookDelivery, WebhookRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { insertTestDelivery } from '@alkdev/storage/webhooks'
import type { CoordinatorContext } from '../../context.ts'
import { changeableWebhook } from '../../webhooks/webhook-access.ts'
import { deliveryView } from './webhook-view.ts'

/** `webhooks.test`: sent like any delivery, but once. */
export function webhooksTest({
  runtime: { db },
  webhooks,
}: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('webhooks.test'),
    async handler({ webhook }: WebhookRef, context: OperationContext): Promise<WebhookDelivery> {
      const row = await inTransaction(db, async (tx) => {
        const { id, name, orgId } = await changeableWebhook(tx, callerOf(context), webhook)
        await audit(tx, context, {
          action: 'webhooks.tested',
          targetType: 'webhook',
          targetId: id,
          ...(orgId !== null && { orgId }),
          data: { name },
        })
        return insertTestDelivery(tx, id, (context.depth ?? 0) + 1)
      })
      webhooks.wake()
      return deliveryView(row)
    },
  }
}
