import { serviceSpec } from '@alkdev/contracts'
import type { WebhooksDeliveriesInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listDeliveries } from '@alkdev/storage/webhooks'
import type { CoordinatorContext } from '../../context.ts'
import { visibleWebhook } from '../../webhooks/webhook-access.ts'
import { deliveryView } from './webhook-view.ts'

/** `webhooks.deliveries` */
export function webhooksDeliveries({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('webhooks.deliveries'),
    async handler({ webhook, ...request }: WebhooksDeliveriesInput, context: OperationContext) {
      const { id } = await visibleWebhook(db, callerOf(context), webhook)
      const { items, ...rest } = await listDeliveries(db, { ...request, webhookId: id })
      return { items: items.map((row) => deliveryView(row)), ...rest }
    },
  }
}
