import { serviceSpec } from '@alkdev/contracts'
import type { WebhooksListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listWebhooks } from '@alkdev/storage/webhooks'
import type { CoordinatorContext } from '../../context.ts'
import { webhookViewer } from '../../webhooks/webhook-access.ts'
import { webhookView } from './webhook-view.ts'

/** `webhooks.list` */
export function webhooksList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('webhooks.list'),
    async handler(input: WebhooksListInput, context: OperationContext) {
      const viewer = await webhookViewer(db, callerOf(context))
      const { items, ...rest } = await listWebhooks(db, { ...input, viewer })
      return { items: items.map((row) => webhookView(row)), ...rest }
    },
  }
}
