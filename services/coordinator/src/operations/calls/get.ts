import { serviceSpec } from '@alkdev/contracts'
import type { CallsGetInput } from '@alkdev/contracts'
import { callerOf, fittingCall, readCall } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'

/** `calls.get` */
export function callsGet({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.get'),
    async handler({ callId, tree = false }: CallsGetInput, context: OperationContext) {
      const { maxPayloadBytes } = runtime.config.limits
      return fittingCall(
        await readCall(runtime, callerOf(context), { callId, tree }),
        maxPayloadBytes,
      )
    },
  }
}
