import { serviceSpec, webhookSecretPlace } from '@alkdev/contracts'
import type { WebhooksCreateInput, WebhooksCreateOutput } from '@alkdev/contracts'
import { audit, callerOf, requireForeignUrl } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { createWebhook } from '@alkdev/storage/webhooks'
import type { CoordinatorContext } from '../../context.ts'
import { checkWebhookUrl } from '../../webhooks/check-webhook-url.ts'
import { newWebhookSecret } from '../../webhooks/sign-body.ts'
import { requireOrgAdmin } from '../../webhooks/webhook-access.ts'
import { webhookView } from './webhook-view.ts'

/** `webhooks.create`: the secret is made here, sealed before it is stored, and shown once. */
export function webhooksCreate({
  runtime: {
    db,
    deploymentId,
    config: { encryptionKeys },
  },
  webhooks,
}: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('webhooks.create'),
    async handler(
      { name, url, orgId }: WebhooksCreateInput,
      context: OperationContext,
    ): Promise<WebhooksCreateOutput> {
      const caller = callerOf(context)
      const { policy } = webhooks
      const checked = checkWebhookUrl(policy, url)
      await requireForeignUrl('The webhook', [['/url', checked]], { policy, deploymentId })
      const [id, secretId, secret] = [uuidv7(), uuidv7(), newWebhookSecret()]
      const value = encryptionKeys.encrypt(secret, webhookSecretPlace(id, secretId, checked))
      const row = await inTransaction(db, async (tx) => {
        if (orgId !== undefined) await requireOrgAdmin(tx, caller, orgId)
        const made = { id, accountId: caller.id, orgId, name, url: checked }
        const created = await createWebhook(tx, made, { id: secretId, value })
        await audit(tx, context, {
          action: 'webhooks.created',
          targetType: 'webhook',
          targetId: id,
          ...(orgId !== undefined && { orgId }),
          data: { name },
        })
        return created
      })
      return { ...webhookView(row), secret }
    },
  }
}
