import { serviceSpec } from '@alkdev/contracts'
import type { CallsGetInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { readCall } from '../calls/read-call.ts'
import type { GatewayContext } from '../context.ts'

/** `calls.get` */
export function callsGet(gateway: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.get'),
    handler: ({ callId, tree = false }: CallsGetInput, context: OperationContext) =>
      readCall(gateway, callerOf(context), callId, tree),
  }
}
