import type { RunningCall } from '@alkdev/bus'
import type { CallTree } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { callNotFound, callView, mayForCallsOf, queuedCallView } from '@alkdev/service'
import { getCall, getCallsBelow, getCallTree, getQueuedCall } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'

function mayRead(db: Db, identity: Identity, accountId: string | null): Promise<boolean> {
  return mayForCallsOf(db, identity, accountId, SCOPES.CALLS_READ)
}

type Running = Omit<RunningCall, 'attempts'> & Partial<Pick<RunningCall, 'attempts'>>

/** A running call; on request with its child calls that have ended. */
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
    ...(below === undefined ? {} : { calls: below.calls.map((one) => callView(one)) }),
  }
}

/** The stored record of a call that has ended, if the identity may read it. */
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
  return tree
    ? { ...callView(call), calls: tree.calls.map((one) => callView(one)) }
    : callView(call)
}

/** A queued call, with the attempts that have ended and the calls below them if asked for. */
async function readQueued(
  db: Db,
  identity: Identity,
  callId: string,
  withTree: boolean,
): Promise<CallTree | undefined> {
  const call = await getQueuedCall(db, callId)
  if (call === undefined) return undefined
  if (!(await mayRead(db, identity, call.accountId))) throw callNotFound(callId)
  const below = withTree ? await getCallsBelow(db, callId) : undefined
  return {
    ...queuedCallView(call),
    ...(below && { calls: below.calls.map((one) => callView(one)) }),
  }
}

/**
 * A call that has ended, waits in the queue, or runs on any instance: for the account that made it, with `calls:read` for
 * calls of the own organizations, and for admins. Throws
 * CALL_NOT_FOUND (404); for a call that no instance knows, after asking all of them for at most a second.
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
  const queued = await readQueued(db, identity, callId, withTree)
  if (queued) return queued
  const running = await bus.find(callId)
  if (running !== undefined) {
    if (!(await mayRead(db, identity, running.accountId))) throw callNotFound(callId)
    return runningView(db, running, withTree)
  }
  // It may have ended during the query.
  const since = await readEnded(db, identity, callId, withTree)
  if (since) return since
  throw callNotFound(callId)
}
