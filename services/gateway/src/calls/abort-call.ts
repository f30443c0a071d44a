import type { RunningCall } from '@alkdev/bus'
import type { CallsAbortOutput } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { callNotFound, mayForCallsOf } from '@alkdev/service'
import { getCall } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'

/** Maximum number of child calls that an answer names. */
const MAX_NAMED = 100

function belowView(calls: readonly RunningCall[]): NonNullable<CallsAbortOutput['below']> {
  const named = calls.slice(0, MAX_NAMED)
  return {
    count: calls.length,
    calls: named.map(({ callId, operationId }) => ({ callId, operationId })),
  }
}

/**
 * Aborts a call and all its child calls, on all instances: for the account that made it, with `calls:abort` for calls of the own
 * organizations, and for admins. Throws CALL_NOT_FOUND (404).
 */
export async function abortCall(
  { runtime: { bus, db }, calls }: Pick<GatewayContext, 'runtime' | 'calls'>,
  identity: Identity,
  callId: string,
  reason = 'Aborted on request.',
): Promise<CallsAbortOutput> {
  const may = (accountId: string | null | undefined): Promise<boolean> =>
    mayForCallsOf(db, identity, accountId, SCOPES.CALLS_ABORT)
  const here = calls.get(callId)
  if (here !== undefined && !(await may(here.identity.id))) throw callNotFound(callId)
  const running = here === undefined ? await bus.find(callId) : undefined
  if (here !== undefined || (running !== undefined && (await may(running.accountId)))) {
    // Read before the abort, which removes them.
    const below = belowView(await bus.below(callId).catch(() => []))
    const { found, receipt } = await bus.abort(callId, reason)
    if (found) return { callId, receipt: receipt ?? 'ignored', below }
    // A call that the bus does not know may be a stream of this gateway.
    here?.abort(new CallError('ABORTED', reason))
    if (here !== undefined) return { callId, receipt: 'honoured' }
  }
  const ended = await getCall(db, callId)
  if (ended === undefined || !(await may(ended.accountId))) throw callNotFound(callId)
  return { callId, receipt: 'too-late' }
}
