import { serviceSpec } from '@alkdev/contracts'
import type { CallsQueuedInput } from '@alkdev/contracts'
import { callerOf, queuedFilters } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listQueuedCalls } from '@alkdev/storage/queue'
import type { CoordinatorContext } from '../../context.ts'
import { queuedCallItem } from './queued-call-item.ts'

/** `calls.queued` */
export function callsQueued({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.queued'),
    async handler(input: CallsQueuedInput, context: OperationContext) {
      const { limit, cursor, status } = input
      const { items, ...rest } = await listQueuedCalls(db, {
        ...queuedFilters('calls.queued', input),
        ...compact({ limit, cursor, status }),
        accountId: callerOf(context).id,
      })
      return { items: items.map((call) => queuedCallItem(call)), ...rest }
    },
  }
}
