import type { Bus, RunningCall } from '@alkdev/bus'
import type { CallsAbortOutput } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { getCall } from '@alkdev/storage'
import { abortQueuedCall, getQueuedCall } from '@alkdev/storage/queue'
import type { Db } from '@alkdev/storage'
import { callNotFound } from './call-view.ts'
import { mayForCallsOf } from './others-calls.ts'

interface AbortRuntime {
  readonly bus: Pick<Bus, 'abort' | 'below' | 'find'>
  readonly db: Db
}

export interface AbortRequest {
  readonly callId: string
  readonly reason?: string | undefined
  /** The call when it runs in this process, which may not have it on the bus. */
  readonly here?: { readonly accountId: string; abort(reason: string): void } | undefined
}

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
  { bus, db }: AbortRuntime,
  identity: Identity,
  { callId: asked, reason = 'Aborted on request.', here }: AbortRequest,
): Promise<CallsAbortOutput> {
  const callId = asked.toLowerCase()
  const may = (accountId: string | null | undefined): Promise<boolean> =>
    mayForCallsOf(db, identity, accountId, SCOPES.CALLS_ABORT)
  if (here !== undefined && !(await may(here.accountId))) throw callNotFound(callId)
  const queued = here === undefined ? await getQueuedCall(db, callId) : undefined
  if (queued !== undefined) {
    if (!(await may(queued.accountId))) throw callNotFound(callId)
    return abortQueued({ bus, db }, callId, reason)
  }
  const running = here === undefined ? await bus.find(callId) : undefined
  if (here !== undefined || (running !== undefined && (await may(running.accountId)))) {
    // Read before the abort, which removes them.
    const below = belowView(await bus.below(callId).catch(() => []))
    const { found, receipt } = await bus.abort(callId, reason)
    if (found) return { callId, receipt: receipt ?? 'ignored', below }
    here?.abort(reason)
    if (here !== undefined) return { callId, receipt: 'honoured' }
  }
  const ended = await getCall(db, callId)
  if (ended === undefined || !(await may(ended.accountId))) throw callNotFound(callId)
  return { callId, receipt: 'too-late' }
}

/**
 * Ends a queued call that waits. The attempt of one that runs is aborted at once; the coordinator that holds it ends the call, at the latest when
 * it renews its claim.
 */
async function abortQueued(
  { bus, db }: AbortRuntime,
  callId: string,
  reason: string,
): Promise<CallsAbortOutput> {
  const abort = await abortQueuedCall(db, callId, reason)
  if (abort === undefined) throw callNotFound(callId)
  if (abort.outcome === 'too-late') return { callId, receipt: 'too-late' }
  if (abort.outcome === 'aborted') return { callId, receipt: 'honoured' }
  const below = belowView(await bus.below(abort.attemptCallId).catch(() => []))
  const { receipt } = await bus.abort(abort.attemptCallId, reason)
  return { callId, receipt: receipt ?? 'ignored', below }
}
