import { serviceSpec } from '@alkdev/contracts'
import type { WebhookRef, WebhooksDeleteOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { deleteWebhook } from '@alkdev/storage/webhooks'
import type { CoordinatorContext } from '../../context.ts'
import { changeableWebhook } from '../../webhooks/webhook-access.ts'

/** `webhooks.delete` */
export function webhooksDelete({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('webhooks.delete'),
    handler({ webhook }: WebhookRef, context: OperationContext): Promise<WebhooksDeleteOutput> {
      return inTransaction(db, async (tx) => {
        const { id, name, orgId } = await changeableWebhook(tx, callerOf(context), webhook)
        await deleteWebhook(tx, id)
        await audit(tx, context, {
          action: 'webhooks.deleted',
          targetType: 'webhook',
          targetId: id,
          ...(orgId !== null && { orgId }),
          data: { name },
        })
        return { webhookId: id }
      })
    },
  }
}
