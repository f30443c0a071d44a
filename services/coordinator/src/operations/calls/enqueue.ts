import { serviceSpec } from '@alkdev/contracts'
import type { CallsEnqueueInput, CallsEnqueueOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import type { CoordinatorContext } from '../../context.ts'

/** `calls.enqueue` */
export function callsEnqueue({ queue }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.enqueue'),
    async handler(
      input: CallsEnqueueInput,
      context: OperationContext,
    ): Promise<CallsEnqueueOutput> {
      return must((await queue.accept(callerOf(context), context, [input]))[0])
    },
  }
}
