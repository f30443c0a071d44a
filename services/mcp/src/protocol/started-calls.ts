import { CodedError } from '@alkdev/errors'
import type { Identity } from '@alkdev/operations'
import { orgIdsOf, queuedFilters, readCall } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { findProject, getApproval, getVisibleProject } from '@alkdev/storage'
import { getQueuedCall, listQueuedCalls } from '@alkdev/storage/queue'
import { getSchedule } from '@alkdev/storage/schedules'
import { findWorkflowVersion, getWorkflowRun, getWorkflowVersion } from '@alkdev/storage/workflows'
import { callsWithin } from './calls-within.ts'
import type { InnerCall } from './calls-within.ts'
import type { StartedBy } from './consent-within.ts'
import { membersOf } from './members-of.ts'

type Runtime = Pick<ServiceRuntime<'mcp'>, 'bus' | 'db'>
type Members = Readonly<Record<string, unknown>>
type Reader = (runtime: Runtime, input: Members, identity: Identity) => Promise<InnerCall[]>

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Operations of the hub whose input names calls, or which start what is stored. */
const CALLING = /^(?:approvals|calls|schedules|workflows)\./
/** Dead letters of one request, unless it says otherwise, and the most that it may say. */
const DEAD_LETTERS = 100
const MAX_DEAD_LETTERS = 200

/** The operations of the hub that start what it has stored. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['approvals.answer', allowedCall],
  ['calls.repeat', recordedCall],
  ['calls.repeatDead', deadLetters],
  ['schedules.resume', scheduledCall],
  ['schedules.runNow', scheduledCall],
  ['schedules.update', scheduledCall],
  ['workflows.branch', stepsOfRun],
  ['workflows.retry', stepsOfRun],
  ['workflows.run', stepsOfWorkflow],
  ['workflows.signal', stepsOfRun],
])

/** Reads the calls that a schedule, a workflow, a run, a recorded call or an approval stands for. What the caller may not see has none: the operation refuses it. */
export function startedCalls(runtime: Runtime): StartedBy {
  return ({ operationId, input }, identity) =>
    READERS.get(operationId)?.(runtime, membersOf(input), identity)
}

/** Only with an answer that lets the call run. */
async function allowedCall(
  { db }: Runtime,
  { approvalId, decision }: Members,
  identity: Identity,
): Promise<InnerCall[]> {
  const id = uuidOf(approvalId)
  if (decision !== 'allow' || id === undefined) return []
  const approval = await getApproval(db, id)
  if (approval === undefined || approval.operationName === null) return []
  const { accountId, orgId, askedOf, operationName } = approval
  const isMember = orgId !== null && (await orgIdsOf(db, identity)).includes(orgId)
  const isAsked = accountId === identity.id || askedOf.includes(`account:${identity.id}`)
  return isMember || isAsked ? [{ operationId: operationName }] : []
}

async function recordedCall(
  runtime: Runtime,
  { callId }: Members,
  identity: Identity,
): Promise<InnerCall[]> {
  const id = uuidOf(callId)
  if (id === undefined) return []
  try {
    const { operationId, input } = await readCall(runtime, identity, { callId: id, tree: false })
    return [{ operationId, input }]
  } catch (error) {
    if (CodedError.from(error).code !== 'CALL_NOT_FOUND') throw error
    return []
  }
}

async function deadLetters(
  { db }: Runtime,
  input: Members,
  { id: accountId }: Identity,
): Promise<InnerCall[]> {
  const { callId, dryRun, limit, cursor } = input
  if (dryRun === true) return []
  if (callId !== undefined) return queuedCall(db, uuidOf(callId), accountId)
  const { items } = await listQueuedCalls(db, {
    ...queuedFilters('calls.repeatDead', input),
    accountId,
    dead: true,
    limit: typeof limit === 'number' ? Math.min(limit, MAX_DEAD_LETTERS) : DEAD_LETTERS,
    ...(typeof cursor === 'string' && { cursor }),
  })
  const calls = items.map(({ id, operationName }) =>
    CALLING.test(operationName)
      ? queuedCall(db, id, accountId)
      : Promise.resolve([{ operationId: operationName }]),
  )
  return (await Promise.all(calls)).flat()
}

async function queuedCall(
  db: Runtime['db'],
  callId: string | undefined,
  accountId: string,
): Promise<InnerCall[]> {
  const call = callId === undefined ? undefined : await getQueuedCall(db, callId)
  if (call?.accountId !== accountId) return []
  return [{ operationId: call.operationName, input: JSON.parse(call.input) }]
}

/** As it is after the change that the input asks for. */
async function scheduledCall(
  { db }: Runtime,
  { schedule, operationId, input }: Members,
  { id: accountId }: Identity,
): Promise<InnerCall[]> {
  if (typeof schedule !== 'string') return []
  const row = await getSchedule(db, accountId, schedule)
  if (row === undefined) return []
  return [
    {
      operationId: typeof operationId === 'string' ? operationId : row.operationName,
      input: input ?? (JSON.parse(row.input) as unknown),
    },
  ]
}

async function stepsOfWorkflow(
  { db }: Runtime,
  { workflowId, name, project = 'default', version }: Members,
  identity: Identity,
): Promise<InnerCall[]> {
  const id = uuidOf(workflowId)
  if (id !== undefined) {
    const found = await getWorkflowVersion(db, id)
    if (found === undefined || !(await maySee(db, identity, found.projectId))) return []
    return callsWithin(JSON.parse(found.template))
  }
  if (typeof name !== 'string' || typeof project !== 'string') return []
  const viewer = { accountId: identity.id, orgIds: await orgIdsOf(db, identity) }
  const place =
    (await getVisibleProject(db, project, viewer)) ?? (await findProject(db, project, viewer))
  if (place === undefined) return []
  const at = typeof version === 'number' ? version : undefined
  const found = await findWorkflowVersion(db, place.id, name, at)
  return found === undefined ? [] : callsWithin(JSON.parse(found.template))
}

async function stepsOfRun(
  { db }: Runtime,
  { runId }: Members,
  identity: Identity,
): Promise<InnerCall[]> {
  const id = uuidOf(runId)
  const run = id === undefined ? undefined : await getWorkflowRun(db, id)
  if (run === undefined) return []
  if (run.accountId !== identity.id && !(await maySee(db, identity, run.projectId))) return []
  const version = await getWorkflowVersion(db, run.templateId)
  return version === undefined ? [] : callsWithin(JSON.parse(version.template))
}

async function maySee(db: Runtime['db'], identity: Identity, projectId: string): Promise<boolean> {
  const viewer = { accountId: identity.id, orgIds: await orgIdsOf(db, identity) }
  return (await getVisibleProject(db, projectId, viewer)) !== undefined
}

/** As it is stored; undefined for a value that names nothing. */
function uuidOf(id: unknown): string | undefined {
  return typeof id === 'string' && UUID.test(id) ? id.toLowerCase() : undefined
}
