import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { CallsTreeInput, CallsTreeOutput, CallSummary } from '@alkdev/contracts'
import {
  callerOf,
  callNotFound,
  callSummary,
  mayForCallsOf,
  queuedCallSummary,
} from '@alkdev/service'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getCall, getCallEdges, getCallOutline } from '@alkdev/storage'
import { getQueuedCall } from '@alkdev/storage/queue'
import type { Db } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'

type Bus = CoordinatorContext['runtime']['bus']
type RunningCall = NonNullable<Awaited<ReturnType<Bus['find']>>>

const LEVELS = 16
const LIMIT = 200

/** `calls.tree`: the calls below one that has ended, runs, or is queued. */
export function callsTree({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('calls.tree'),
    async handler(input: CallsTreeInput, context: OperationContext): Promise<CallsTreeOutput> {
      const { depth = LEVELS, limit = LIMIT } = input
      const callId = input.callId.toLowerCase()
      const caller = callerOf(context)
      const root = await rootOf(runtime, caller, callId)
      const outline = await getCallOutline(db, callId, limit, depth)
      const readable = await readableAccounts(db, caller, outline.calls)
      const calls = outline.calls.filter(({ accountId }) => readable.has(accountId))
      const shown = [callId, ...calls.map(({ id }) => id)]
      return {
        root,
        calls: calls.map((call) => callSummary(call)),
        links: await linksOf(db, shown),
        complete: outline.complete && calls.length === outline.calls.length,
      }
    },
  }
}

async function rootOf(
  { db, bus }: CoordinatorContext['runtime'],
  caller: Identity,
  callId: string,
): Promise<CallSummary> {
  const may = (accountId: string | null): Promise<boolean> =>
    mayForCallsOf(db, caller, accountId, SCOPES.CALLS_READ)
  const ended = await getCall(db, callId)
  const queued = ended === undefined ? await getQueuedCall(db, callId) : undefined
  if (queued !== undefined && (await may(queued.accountId))) return queuedCallSummary(queued)
  const isKnown = ended !== undefined || queued !== undefined
  const running = isKnown ? undefined : await bus.find(callId)
  // It may have ended while the instances were asked.
  const found = ended ?? (isKnown || running !== undefined ? undefined : await getCall(db, callId))
  if (found !== undefined && (await may(found.accountId))) return callSummary(found)
  if (running !== undefined && (await may(running.accountId))) return runningSummary(running)
  throw callNotFound(callId)
}

function runningSummary(running: RunningCall): CallSummary {
  const { callId, operationId, accountId, startedAtMs, attempts } = running
  const startedAt = new Date(startedAtMs).toISOString()
  return { callId, operationId, accountId, startedAt, attempts, status: 'running' }
}

/** The accounts of these calls of which the caller may read calls. */
async function readableAccounts(
  db: Db,
  caller: Identity,
  calls: readonly { readonly accountId: string | null }[],
): Promise<ReadonlySet<string | null>> {
  const readable = new Set<string | null>()
  for (const accountId of new Set(calls.map((call) => call.accountId)))
    if (await mayForCallsOf(db, caller, accountId, SCOPES.CALLS_READ)) readable.add(accountId)
  return readable
}

/** The edges from results to the calls that needed them, between the shown calls. */
async function linksOf(db: Db, shown: readonly string[]): Promise<CallsTreeOutput['links']> {
  const ids = new Set(shown)
  const edges = await getCallEdges(db, shown)
  return edges
    .filter(({ edgeType, sourceId }) => edgeType === 'depends_on' && ids.has(sourceId))
    .map(({ sourceId, targetId }) => ({ sourceCallId: sourceId, targetCallId: targetId }))
}
