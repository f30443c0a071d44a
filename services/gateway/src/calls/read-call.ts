import type { RunningCall } from '@alkdev/bus'
import type { Call, CallTree } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getCall, getCallsBelow, getCallTree } from '@alkdev/storage'
import type { Db, StoredCall } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { mayForCallsOf } from './others-calls.ts'

/** One answer for a call that is not there and for one of another account. */
export function callNotFound(callId: string): CallError {
  return new CallError(
    'CALL_NOT_FOUND',
    `There is no call ${callId}.`,
    { callId },
    { httpStatus: 404 },
  )
}

function viewOf(call: StoredCall): Call {
  return {
    callId: call.id,
    operationId: call.operationName,
    // Only calls that have ended are stored.
    status: call.status === 'pending' ? 'running' : call.status,
    attempts: call.attempts,
    startedAt: call.startedAt.toISOString(),
    completedAt: call.endedAt.toISOString(),
    durationMs: call.totalMs,
    ...(call.parentId === null ? {} : { parentCallId: call.parentId }),
    ...(call.accountId === null ? {} : { accountId: call.accountId }),
    ...(call.input === null ? {} : { input: call.input }),
    ...(call.output === null ? {} : { output: call.output }),
    ...(call.error === null ? {} : { error: call.error }),
    ...(call.route === null ? {} : { route: call.route }),
    ...timingOf(call),
  }
}

function timingOf({ routeMs, queueMs, executeMs }: StoredCall): Pick<Call, 'timing'> {
  const timing = {
    ...(routeMs === null ? {} : { routeMs }),
    ...(queueMs === null ? {} : { queueMs }),
    ...(executeMs === null ? {} : { executeMs }),
  }
  return Object.keys(timing).length === 0 ? {} : { timing }
}

function mayRead(db: Db, identity: Identity, accountId: string | null): Promise<boolean> {
  return mayForCallsOf(db, identity, accountId, SCOPES.CALLS_READ)
}

type Running = Omit<RunningCall, 'attempts'> & Partial<Pick<RunningCall, 'attempts'>>

/** A call that runs; with the calls below it that have ended, if asked for. */
async function runningView(db: Db, running: Running, withTree: boolean): Promise<CallTree> {
  const { callId, operationId, accountId, startedAtMs, attempts } = running
  const below = withTree ? await getCallsBelow(db, callId) : undefined
  return {
    callId,
    operationId,
    status: 'running',
    accountId,
    startedAt: new Date(startedAtMs).toISOString(),
    ...(attempts === undefined ? {} : { attempts }),
    ...(below === undefined ? {} : { calls: below.calls.map((one) => viewOf(one)) }),
  }
}

/** What is stored of a call that has ended, if the identity may read it. */
async function readEnded(
  db: Db,
  identity: Identity,
  callId: string,
  withTree: boolean,
): Promise<CallTree | undefined> {
  const tree = withTree ? await getCallTree(db, callId) : undefined
  const call = withTree ? tree?.root : await getCall(db, callId)
  if (call === undefined) return undefined
  if (!(await mayRead(db, identity, call.accountId))) throw callNotFound(callId)
  return tree ? { ...viewOf(call), calls: tree.calls.map((one) => viewOf(one)) } : viewOf(call)
}

/**
 * A call that has ended, or runs, through whichever process: for the account that made it, with `calls:read` for
 * calls of the own organizations, and for admins. Throws
 * CALL_NOT_FOUND (404); of a call that no instance knows, after asking all of them for a second at most.
 */
export async function readCall(
  { runtime: { bus, db }, calls }: Pick<GatewayContext, 'runtime' | 'calls'>,
  identity: Identity,
  callId: string,
  withTree: boolean,
): Promise<CallTree> {
  const here = calls.get(callId)
  if (here !== undefined) {
    if (!(await mayRead(db, identity, here.identity.id))) throw callNotFound(callId)
    const { operationId, startedAtMs, identity: owner } = here
    const attempts = (await bus.find(callId))?.attempts
    const running = { callId, operationId, accountId: owner.id, startedAtMs }
    return runningView(db, attempts === undefined ? running : { ...running, attempts }, withTree)
  }
  const ended = await readEnded(db, identity, callId, withTree)
  if (ended) return ended
  const running = await bus.find(callId)
  if (running !== undefined) {
    if (!(await mayRead(db, identity, running.accountId))) throw callNotFound(callId)
    return runningView(db, running, withTree)
  }
  // It may have ended while the others were asked.
  const since = await readEnded(db, identity, callId, withTree)
  if (since) return since
  throw callNotFound(callId)
}
