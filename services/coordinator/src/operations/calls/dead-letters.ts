import { serviceSpec } from '@alkdev/contracts'
import type { CallsDeadLettersInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listQueuedCalls } from '@alkdev/storage/queue'
import type { CoordinatorContext } from '../../context.ts'
import { queuedCallItem } from './queued-call-item.ts'

/** `calls.deadLetters` */
export function callsDeadLetters({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.deadLetters'),
    async handler({ operationId, ...input }: CallsDeadLettersInput, context: OperationContext) {
      const { items, ...rest } = await listQueuedCalls(db, {
        ...input,
        accountId: callerOf(context).id,
        operationName: operationId,
        dead: true,
      })
      return { items: items.map((call) => queuedCallItem(call)), ...rest }
    },
  }
}
