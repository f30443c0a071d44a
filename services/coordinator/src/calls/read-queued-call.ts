import { SCOPES } from '@alkdev/contracts'
import type { Call } from '@alkdev/contracts'
import { callNotFound, fittingCall, mayForCallsOf, queuedCallView } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import { getQueuedCall } from '@alkdev/storage/queue'

/** A queued call as the caller may see it, and whether it has ended. Throws CALL_NOT_FOUND. */
export async function readQueuedCall(
  { db, config }: Pick<ServiceRuntime<'coordinator'>, 'db' | 'config'>,
  caller: Identity,
  callId: string,
): Promise<{ readonly call: Call; readonly isEnded: boolean }> {
  const call = await getQueuedCall(db, callId)
  const may =
    call !== undefined && (await mayForCallsOf(db, caller, call.accountId, SCOPES.CALLS_READ))
  if (!may) throw callNotFound(callId)
  return {
    call: fittingCall(queuedCallView(call, caller), config.limits.maxPayloadBytes),
    isEnded: call.endedAt !== null,
  }
}
