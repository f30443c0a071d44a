import type { Bus, RunningCall } from '@alkdev/bus'
import type { CallTree } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { getCall, getCallsBelow, getCallTree } from '@alkdev/storage'
import { getQueuedCall } from '@alkdev/storage/queue'
import type { Db } from '@alkdev/storage'
import { callNotFound, callView } from './call-view.ts'
import { mayForCallsOf } from './others-calls.ts'
import { queuedCallView } from './queued-call-view.ts'

function mayRead(db: Db, identity: Identity, accountId: string | null): Promise<boolean> {
  return mayForCallsOf(db, identity, accountId, SCOPES.CALLS_READ)
}

type Running = Omit<RunningCall, 'attempts'> & Partial<Pick<RunningCall, 'attempts'>>

export interface CallRequestOf {
  readonly callId: string
  /** With the calls below it that have ended. */
  readonly tree: boolean
  /** The call when it runs in this process, which may not have it on the bus. */
  readonly here?: Omit<RunningCall, 'attempts'> | undefined
}

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
    ...compact({ attempts }),
    ...(below !== undefined && { calls: below.calls.map((one) => callView(one)) }),
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
    ...queuedCallView(call, identity),
    ...(below && { calls: below.calls.map((one) => callView(one)) }),
  }
}

/**
 * A call that has ended, waits in the queue, or runs on any instance: for the account that made it, with `calls:read` for
 * calls of the own organizations, and for admins. Throws
 * CALL_NOT_FOUND (404); for a call that no instance knows, after asking all of them for at most a second.
 */
export async function readCall(
  { bus, db }: { readonly bus: Pick<Bus, 'find'>; readonly db: Db },
  identity: Identity,
  { callId: asked, tree: withTree, here }: CallRequestOf,
): Promise<CallTree> {
  const callId = asked.toLowerCase()
  if (here !== undefined) {
    if (!(await mayRead(db, identity, here.accountId))) throw callNotFound(callId)
    const attempts = (await bus.find(callId))?.attempts
    return runningView(db, attempts === undefined ? here : { ...here, attempts }, withTree)
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
