import type { Call, CallTree } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import { CallError, coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getCall, getCallTree } from '@alkdev/storage'
import type { StoredCall } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'

/** One answer for a call that is not there and for one of somebody else. */
export function callNotFound(callId: string): CallError {
  return new CallError(
    'CALL_NOT_FOUND',
    `There is no call ${callId}.`,
    { callId },
    { httpStatus: 404 },
  )
}

function viewOf(call: StoredCall): Call {
  const { startedAt, completedAt, error } = call
  return {
    callId: call.requestId,
    operationId: call.operationName,
    // Only calls that have ended are stored.
    status: call.status === 'pending' ? 'running' : call.status,
    attempts: call.attempts,
    startedAt: startedAt.toISOString(),
    ...(call.parentRequestId === null ? {} : { parentCallId: call.parentRequestId }),
    ...(call.callerAccountId === null ? {} : { accountId: call.callerAccountId }),
    ...(call.input === null ? {} : { input: call.input }),
    ...(call.output === null ? {} : { output: call.output }),
    ...(error === null ? {} : { error }),
    ...(completedAt === null ? {} : { completedAt: completedAt.toISOString() }),
    ...(call.totalMs === null ? {} : { durationMs: call.totalMs }),
  }
}

function mayRead(identity: Identity, accountId: string | null): boolean {
  return accountId === identity.id || coversScope(identity.scopes, SCOPES.CALLS_READ)
}

/**
 * A call that has ended, or runs for a client of this gateway: for the account that made it, or with `calls:read`. Throws
 * CALL_NOT_FOUND (404).
 */
export async function readCall(
  { calls, db }: Pick<GatewayContext, 'calls' | 'db'>,
  identity: Identity,
  callId: string,
  withTree: boolean,
): Promise<CallTree> {
  const running = calls.get(callId)
  if (running !== undefined) {
    if (!mayRead(identity, running.identity.id)) throw callNotFound(callId)
    return {
      callId,
      operationId: running.operationId,
      status: 'running',
      accountId: running.identity.id,
      startedAt: new Date(running.startedAtMs).toISOString(),
    }
  }
  if (!withTree) {
    const call = await getCall(db, callId)
    if (call === undefined || !mayRead(identity, call.callerAccountId)) throw callNotFound(callId)
    return viewOf(call)
  }
  const tree = await getCallTree(db, callId)
  if (tree === undefined || !mayRead(identity, tree.root.callerAccountId)) {
    throw callNotFound(callId)
  }
  return { ...viewOf(tree.root), calls: tree.calls.map((call) => viewOf(call)) }
}
