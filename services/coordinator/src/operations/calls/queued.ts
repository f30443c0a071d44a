import { serviceSpec } from '@alkdev/contracts'
import type { CallsQueuedInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listQueuedCalls } from '@alkdev/storage/queue'
import type { CoordinatorContext } from '../../context.ts'
import { queuedCallItem } from './queued-call-item.ts'

/** `calls.queued` */
export function callsQueued({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.queued'),
    async handler({ operationId, ...input }: CallsQueuedInput, context: OperationContext) {
      const { items, ...rest } = await listQueuedCalls(db, {
        ...input,
        accountId: callerOf(context).id,
        operationName: operationId,
      })
      return { items: items.map((call) => queuedCallItem(call)), ...rest }
    },
  }
}
