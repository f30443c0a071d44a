import { serviceSpec } from '@alkdev/contracts'
import type { CallsEnqueueManyInput, CallsEnqueueManyOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'

/** `calls.enqueueMany` */
export function callsEnqueueMany({ queue }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.enqueueMany'),
    async handler(
      { calls }: CallsEnqueueManyInput,
      context: OperationContext,
    ): Promise<CallsEnqueueManyOutput> {
      return { calls: [...(await queue.accept(callerOf(context), context, calls))] }
    },
  }
}
