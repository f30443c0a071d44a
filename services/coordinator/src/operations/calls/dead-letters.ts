import { serviceSpec } from '@alkdev/contracts'
import type { CallsDeadLettersInput } from '@alkdev/contracts'
import { callerOf, queuedFilters } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listQueuedCalls } from '@alkdev/storage/queue'
import type { CoordinatorContext } from '../../context.ts'
import { queuedCallItem } from './queued-call-item.ts'

/** `calls.deadLetters` */
export function callsDeadLetters({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.deadLetters'),
    async handler(input: CallsDeadLettersInput, context: OperationContext) {
      const { limit, cursor } = input
      const { items, ...rest } = await listQueuedCalls(db, {
        ...queuedFilters('calls.deadLetters', input),
        ...compact({ limit, cursor }),
        accountId: callerOf(context).id,
        dead: true,
      })
      return { items: items.map((call) => queuedCallItem(call)), ...rest }
    },
  }
}
