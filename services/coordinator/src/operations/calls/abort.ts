import { serviceSpec } from '@alkdev/contracts'
import type { CallsAbortInput } from '@alkdev/contracts'
import { abortCall, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'

/** `calls.abort` */
export function callsAbort({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.abort'),
    handler: ({ callId, reason }: CallsAbortInput, context: OperationContext) =>
      abortCall(runtime, callerOf(context), { callId, reason }),
  }
}
