import { serviceSpec } from '@alkdev/contracts'
import type { CallsAbortInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { abortCall } from '../calls/abort-call.ts'
import type { GatewayContext } from '../context.ts'

/** `calls.abort` */
export function callsAbort(gateway: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.abort'),
    handler: ({ callId, reason }: CallsAbortInput, context: OperationContext) =>
      abortCall(gateway, callerOf(context), callId, reason),
  }
}
