import { serviceSpec, webhookSecretPlace } from '@alkdev/contracts'
import type { WebhooksRotateInput, WebhooksRotateOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { putWebhookSecret } from '@alkdev/storage/webhooks'
import type { CoordinatorContext } from '../../context.ts'
import { newWebhookSecret } from '../../webhooks/sign-body.ts'
import { changeableWebhook } from '../../webhooks/webhook-access.ts'

const DEFAULT_GRACE_MS = 86_400_000

/** `webhooks.rotate` */
export function webhooksRotate({
  runtime: {
    db,
    config: { encryptionKeys },
  },
}: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('webhooks.rotate'),
    handler(
      { webhook, graceMs = DEFAULT_GRACE_MS }: WebhooksRotateInput,
      context: OperationContext,
    ): Promise<WebhooksRotateOutput> {
      return inTransaction(db, async (tx) => {
        const { id, name, url, orgId } = await changeableWebhook(tx, callerOf(context), webhook)
        const [secretId, secret] = [uuidv7(), newWebhookSecret()]
        const value = encryptionKeys.encrypt(secret, webhookSecretPlace(id, secretId, url))
        const endsAt = await putWebhookSecret(tx, id, { id: secretId, value }, graceMs)
        await audit(tx, context, {
          action: 'webhooks.rotated',
          targetType: 'webhook',
          targetId: id,
          ...(orgId !== null && { orgId }),
          data: { name },
        })
        return {
          webhookId: id,
          secret,
          ...(endsAt !== undefined && { previousEndsAt: endsAt.toISOString() }),
        }
      })
    },
  }
}
