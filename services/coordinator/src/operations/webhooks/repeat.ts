import { serviceSpec } from '@alkdev/contracts'
import type { WebhooksRepeatInput, WebhooksRepeatOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { countDeadDeliveries, repeatDeliveries } from '@alkdev/storage/webhooks'
import type { CoordinatorContext } from '../../context.ts'
import { changeableWebhook } from '../../webhooks/webhook-access.ts'

const DEFAULT_LIMIT = 100
/** Milliseconds of further attempts. */
const KEPT_MS = 86_400_000

/** `webhooks.repeat` */
export function webhooksRepeat({
  runtime: { db },
  webhooks,
}: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('webhooks.repeat'),
    async handler(
      { webhook, deliveryId, dryRun = false, limit = DEFAULT_LIMIT }: WebhooksRepeatInput,
      context: OperationContext,
    ): Promise<WebhooksRepeatOutput> {
      const output = await inTransaction(db, async (tx) => {
        const { id, name, orgId } = await changeableWebhook(tx, callerOf(context), webhook)
        if (dryRun) return { repeated: [], left: await countDeadDeliveries(tx, id) }
        const asked = { webhookId: id, deliveryId, limit, keptMs: KEPT_MS }
        const repeated = await repeatDeliveries(tx, asked)
        await audit(tx, context, {
          action: 'webhooks.repeated',
          targetType: 'webhook',
          targetId: id,
          ...(orgId !== null && { orgId }),
          data: { name, deliveries: repeated.length },
        })
        return { repeated, left: await countDeadDeliveries(tx, id) }
      })
      if (output.repeated.length > 0) webhooks.wake()
      return output
    },
  }
}
