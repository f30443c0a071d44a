import { serviceSpec } from '@alkdev/contracts'
import type { CallsRepeatInput, CallsRepeatOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact, uuidv7 } from '@alkdev/std'
import { whyNotRepeatable } from '../../calls/repeatable-input.ts'
import { readableCall } from '../../calls/whose-calls.ts'
import type { CoordinatorContext } from '../../context.ts'

const REASONS = {
  redacted: 'a secret was taken out of its stored input',
  truncated: 'its stored input was cut',
  'not-stored': 'its input was not stored',
  altered: 'its stored input lacks characters or levels that were sent',
  subscription: 'it is a subscription',
} as const

function notRepeatable(callId: string, reason: keyof typeof REASONS): CallError {
  return new CallError(
    'NOT_REPEATABLE',
    `The call ${callId} cannot be repeated: ${REASONS[reason]}.`,
    { callId, reason },
    { httpStatus: 409 },
  )
}

/** `calls.repeat`: the same operation and input as a new call below this one, in the rights of the caller. */
export function callsRepeat({ runtime: { db, bus } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.repeat'),
    async handler({ callId }: CallsRepeatInput, context: OperationContext) {
      const caller = callerOf(context)
      const call = await readableCall(db, caller, callId)
      const reason = call.isVerbatim ? undefined : whyNotRepeatable(call.input)
      if (reason !== undefined) throw notRepeatable(callId, reason)
      const operationId = call.operationName
      const entry = await bus.lookUp(operationId, caller)
      if (entry?.spec.type === 'subscription') throw notRepeatable(callId, 'subscription')
      const repeated = { callId: uuidv7(), repeatOf: call.id, operationId }
      const { requestId, deadline, signal, traceparent, metadata } = context
      try {
        const { envelope } = await bus.call(operationId, call.input, {
          principal: caller,
          callId: repeated.callId,
          metadata: { ...metadata, repeatOf: call.id },
          ...compact({ parentCallId: requestId }),
          ...(deadline !== undefined && { timeoutMs: Math.max(1, deadline - Date.now()) }),
          ...compact({ signal, traceparent }),
        })
        return { ...repeated, status: 'completed', output: envelope.data }
      } catch (error) {
        signal?.throwIfAborted()
        const { code, message, details } = CallError.from(error)
        const failure = { code, message, ...compact({ details }) }
        return { ...repeated, status: 'failed', error: failure } satisfies CallsRepeatOutput
      }
    },
  }
}
