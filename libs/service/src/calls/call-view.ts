import type { Call, CallSummary } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { CallSummary as LoggedCall, StoredCall } from '@alkdev/storage'

/** One answer for a call that does not exist and for one that the caller may not read. */
export function callNotFound(callId: string): CallError {
  return new CallError(
    'CALL_NOT_FOUND',
    `There is no call ${callId}.`,
    { callId },
    { httpStatus: 404 },
  )
}

/** A call of the call log without its payloads, as the contract shows it. */
export function callSummary(call: LoggedCall): CallSummary {
  return {
    callId: call.id,
    operationId: call.operationName,
    // Only calls that have ended are stored.
    status: call.status === 'pending' ? 'running' : call.status,
    attempts: call.attempts,
    startedAt: call.startedAt.toISOString(),
    completedAt: call.endedAt.toISOString(),
    durationMs: call.totalMs,
    ...known({
      code: call.code,
      parentCallId: call.parentId,
      accountId: call.accountId,
      keyId: call.keyId,
      sessionId: call.sessionId,
      spokeId: call.spokeId,
      idempotencyKey: call.idempotencyKey,
      items: call.items,
    }),
  }
}

/** A call of the call log, as the contract shows it. */
export function callView(call: StoredCall): Call {
  const { input, output, error, route, routeMs, queueMs, executeMs } = call
  const timing = known({ routeMs, queueMs, executeMs })
  return {
    ...callSummary(call),
    ...known({ input, output, error, route }),
    ...(Object.keys(timing).length !== 0 && { timing }),
  }
}

type Known<T> = { [Name in keyof T]?: Exclude<T[Name], null> }

/** The members that are not null. */
function known<T extends object>(members: T): Known<T> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null),
  ) as Known<T>
}
