import { serviceSpec } from '@alkdev/contracts'
import type { Webhook, WebhookRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { visibleWebhook } from '../../webhooks/webhook-access.ts'
import { webhookView } from './webhook-view.ts'

/** `webhooks.get` */
export function webhooksGet({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('webhooks.get'),
    async handler({ webhook }: WebhookRef, context: OperationContext): Promise<Webhook> {
      return webhookView(await visibleWebhook(db, callerOf(context), webhook))
    },
  }
}
