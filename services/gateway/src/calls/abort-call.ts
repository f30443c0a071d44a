import type { CallsAbortOutput } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import { CallError, coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getCall } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { callNotFound } from './read-call.ts'

/**
 * Aborts a call and everything below it, wherever it runs. The account that made it may, and whoever holds `calls:abort`. Throws
 * CALL_NOT_FOUND (404).
 */
export async function abortCall(
  { bus, calls, db }: Pick<GatewayContext, 'bus' | 'calls' | 'db'>,
  identity: Identity,
  callId: string,
  reason = 'Aborted on request.',
): Promise<CallsAbortOutput> {
  const here = calls.get(callId)
  const mayAll = coversScope(identity.scopes, SCOPES.CALLS_ABORT)
  const isMine = (accountId: string | null | undefined): boolean => accountId === identity.id
  if (here !== undefined && !mayAll && !isMine(here.identity.id)) throw callNotFound(callId)
  if (here !== undefined || mayAll || isMine((await bus.find(callId))?.accountId)) {
    const { found, receipt } = await bus.abort(callId, reason)
    if (found) return { callId, receipt: receipt ?? 'ignored' }
    // What the bus does not know is a stream of the gateway's own.
    here?.abort(new CallError('ABORTED', reason))
    if (here !== undefined) return { callId, receipt: 'honoured' }
  }
  const ended = await getCall(db, callId)
  if (ended === undefined || !(mayAll || isMine(ended.callerAccountId))) throw callNotFound(callId)
  return { callId, receipt: 'too-late' }
}
