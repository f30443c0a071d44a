import type { CallsAbortOutput } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import { CallError, coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getCall } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { callNotFound } from './read-call.ts'

/**
 * Aborts a call and everything below it. The account that made it may, when it runs for a client of this gateway, and whoever
 * holds `calls:abort`, wherever it runs. Throws CALL_NOT_FOUND (404).
 */
export async function abortCall(
  { bus, calls, db }: Pick<GatewayContext, 'bus' | 'calls' | 'db'>,
  identity: Identity,
  callId: string,
  reason = 'Aborted on request.',
): Promise<CallsAbortOutput> {
  const running = calls.get(callId)
  const mayAll = coversScope(identity.scopes, SCOPES.CALLS_ABORT)
  if (running !== undefined && !mayAll && running.identity.id !== identity.id) {
    throw callNotFound(callId)
  }
  if (running !== undefined || mayAll) {
    const { found, receipt } = await bus.abort(callId, reason)
    if (found) return { callId, receipt: receipt ?? 'ignored' }
    // What the bus does not know is a stream of the gateway's own.
    running?.abort(new CallError('ABORTED', reason))
    if (running !== undefined) return { callId, receipt: 'honoured' }
  }
  const ended = await getCall(db, callId)
  if (ended === undefined || !(mayAll || ended.callerAccountId === identity.id)) {
    throw callNotFound(callId)
  }
  return { callId, receipt: 'too-late' }
}
