import { createHash } from 'node:crypto'
import type { CoordSpawnInput } from '@alkdev/contracts/agents'
import { audit } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { SCOPES, workflowRunOf } from '@alkdev/contracts'
import { CallError, coversScope } from '@alkdev/operations'
import type { Identity, OperationContext } from '@alkdev/operations'
import { canonicalJson, compact, uuidv7 } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import type { Db, Role } from '@alkdev/storage'
import {
  countSpawned,
  createMapping,
  findSpawned,
  lockSpawner,
  lockTree,
  startSpawn,
} from '@alkdev/storage/coordination'
import type { MappingRow, SpawnPlan } from '@alkdev/storage/coordination'
import { createSession } from '@alkdev/storage/sessions'
import type { SessionRow } from '@alkdev/storage/sessions'
import { readTask } from '@alkdev/storage/tasks'
import { acceptPrompt } from '../sessions/accept-prompt.ts'
import { checkModel } from '../sessions/check-model.ts'
import { changeableSession } from '../sessions/whose-sessions.ts'
import { projectIdOf } from '../workflows/whose-workflows.ts'
import { roleOf } from '../operations/roles/role-view.ts'
import { workspaceOf } from '../operations/sessions/create.ts'
import { claimForSpawn } from './claim-for-spawn.ts'
import { childGrant } from './child-grant.ts'
import { openChildBudgets } from './child-budgets.ts'
import { spawnRefused } from './spawn-refused.ts'

/** Milliseconds without progress after which another process goes on with a creation. */
export const SPAWN_LEASE_MS = 30_000
const FINAL: ReadonlySet<string> = new Set(['done', 'failed', 'aborted', 'archived'])

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'config'>

/** What the first transaction of a spawn made, or found for its key. */
export interface Spawned {
  readonly mapping: MappingRow
  readonly isNew: boolean
  readonly claimToken?: number | undefined
}

/**
 * The first transaction of a spawn: limits, claim of the task, session, mapping, part of the budget, first message. The root and the parent are locked,
 * so that of any number of concurrent requests as many succeed as the limits admit, and none after an abort. Throws SPAWN_REFUSED, BUDGET_EXCEEDED,
 * and CONFLICT for a key that stands for another request.
 */
export async function spawnSession(
  runtime: Runtime,
  caller: Identity,
  input: CoordSpawnInput,
  context: OperationContext,
): Promise<Spawned> {
  const { db } = runtime
  if (input.task !== undefined && !coversScope(caller.scopes, SCOPES.TASKS_WRITE))
    throw new CallError('ACCESS_DENIED', 'The claim of a task needs the scope `tasks:write`.', {
      missing: [SCOPES.TASKS_WRITE],
    })
  const parentId = await parentOf(db, caller, input)
  const spawnerId = parentId ?? caller.id
  const findKnown = (on: Db) => knownSpawn(on, spawnerId, input, context)
  // Before role and model are looked at: both may have been removed since.
  const earlier = await findKnown(db)
  if (earlier !== undefined) return earlier
  const role = input.role === undefined ? undefined : await roleOf(db, input.role)
  await checkModel(runtime, caller, input.model)
  return inTransaction(db, async (tx) => {
    await lockSpawner(tx, spawnerId)
    const known = await findKnown(tx)
    if (known !== undefined) return known
    const parent = parentId === undefined ? undefined : await lockParent(tx, parentId)
    await checkLimits(tx, runtime, spawnerId, parent)
    const projectId = parent?.projectId ?? (await projectIdOf(tx, caller, input.project))
    const sessionId = uuidv7()
    const plan = planOf(sessionId, input)
    const task = input.task === undefined ? undefined : await taskOf(tx, projectId, input.task)
    const session = await createSession(tx, {
      id: sessionId,
      accountId: caller.id,
      projectId,
      workspaceId: await workspaceOf(tx, caller, projectId, input.workspaceId),
      grantId: await childGrant(tx, caller, parent),
      title: input.title ?? task?.name ?? firstLine(input.prompt),
      roleId: role?.id,
      roleName: role?.name,
      roleChain: chainOf(parent, role),
      model: input.model,
      instructions: input.instructions,
      parentId,
      rootId: parent === undefined ? undefined : (parent.rootId ?? parent.id),
      depth: parent === undefined ? 0 : parent.depth + 1,
      inputPolicy: input.inputPolicy,
    })
    await startSpawn(tx, sessionId, { plan, leaseMs: SPAWN_LEASE_MS })
    const claim = task && (await claimForSpawn(tx, task, { sessionId, callerId: caller.id }))
    await openChildBudgets(tx, session, parent, input.budget)
    const mapping = await createMapping(tx, {
      sessionId,
      parentSessionId: parentId ?? null,
      spawnerId,
      spawnKey: spawnKeyOf(input, context) ?? null,
      spawnHash: hashOf(input),
      ...compact({ taskId: task?.id, task: task?.slug }),
    })
    const text = claim?.left === undefined ? plan.prompt : `${plan.prompt}\n\n${claim.left}`
    const runId = workflowRunOf(context.metadata)
    await acceptPrompt(tx, caller, sessionId, { text, messageId: plan.messageId, runId })
    await audit(tx, context, {
      action: 'sessions.spawned',
      targetType: 'session',
      targetId: sessionId,
      data: { projectId, ...compact({ parentId, role: role?.name, task: task?.slug }) },
    })
    return { mapping, isNew: true, claimToken: claim?.token }
  })
}

function spawnKeyOf(
  { key }: CoordSpawnInput,
  { idempotencyKey }: OperationContext,
): string | undefined {
  return key ?? idempotencyKey
}

/** What an earlier request with the key made. Throws CONFLICT when it was another request. */
async function knownSpawn(
  on: Db,
  spawnerId: string,
  input: CoordSpawnInput,
  context: OperationContext,
): Promise<Spawned | undefined> {
  const spawnKey = spawnKeyOf(input, context)
  const known = spawnKey === undefined ? undefined : await findSpawned(on, spawnerId, spawnKey)
  if (known === undefined) return undefined
  if (known.spawnHash === hashOf(input)) return { mapping: known, isNew: false }
  throw new CallError('CONFLICT', 'This key stands for another request.', {
    sessionId: known.sessionId,
  })
}

/** The session above the new one. A session spawns below itself only. */
async function parentOf(
  db: Db,
  caller: Identity,
  { parentSessionId }: CoordSpawnInput,
): Promise<string | undefined> {
  if (caller.sessionId !== undefined) {
    if (parentSessionId !== undefined && parentSessionId !== caller.sessionId)
      throw new CallError('ACCESS_DENIED', 'A session spawns sessions below itself only.')
    return caller.sessionId
  }
  if (parentSessionId === undefined) return undefined
  return (await changeableSession(db, caller, parentSessionId)).id
}

async function lockParent(tx: Db, parentId: string): Promise<SessionRow> {
  const parent = await lockTree(tx, parentId)
  if (parent === undefined || FINAL.has(parent.status) || parent.abortRequestedAt !== null)
    throw spawnRefused('parent-ended', 'The session above it has ended, or is being stopped.')
  if (parent.depth > 0 && parent.roleChain.length === 0)
    throw spawnRefused('role', 'A session that was spawned without a role spawns no further ones.')
  return parent
}

async function checkLimits(
  tx: Db,
  { config }: Pick<Runtime, 'config'>,
  spawnerId: string,
  parent: SessionRow | undefined,
): Promise<void> {
  const { maxDepth, maxChildren, maxChildrenPerMinute, maxDescendants } = config.sessions
  const refuse = (
    reason: 'depth' | 'children' | 'rate' | 'descendants',
    limit: number,
    what: string,
  ) => spawnRefused(reason, `${what} (${limit}).`, { limit })
  if (parent !== undefined && parent.depth + 1 > maxDepth)
    throw refuse('depth', maxDepth, 'The session would be below more levels than the limit')
  const counts = await countSpawned(tx, {
    spawnerId,
    parentId: parent?.id ?? null,
    rootId: parent === undefined ? null : (parent.rootId ?? parent.id),
  })
  if (counts.descendants >= maxDescendants)
    throw refuse('descendants', maxDescendants, 'The tree has as many sessions as the limit')
  if (counts.liveChildren >= maxChildren)
    throw refuse('children', maxChildren, 'As many spawned sessions work as the limit')
  if (counts.inLastMinute >= maxChildrenPerMinute)
    throw refuse('rate', maxChildrenPerMinute, 'As many were spawned in a minute as the limit')
}

async function taskOf(tx: Db, projectId: string, slug: string) {
  const found = await readTask(tx, projectId, slug)
  if (found !== undefined) return found.task
  throw new CallError(
    'TASK_NOT_FOUND',
    `The project has no task ${slug}.`,
    { slug },
    { httpStatus: 404 },
  )
}

/** The strictest rule of all roles from the root decides. */
function chainOf(parent: SessionRow | undefined, role: Role | undefined): string[] {
  return [...(parent?.roleChain ?? []), ...(role === undefined ? [] : [role.id])]
}

function planOf(sessionId: string, { prompt, worktree }: CoordSpawnInput): SpawnPlan {
  const messageId = uuidv7()
  if (worktree === undefined) return { prompt, messageId }
  const { spoke, name = defaultWorktree(sessionId), branch = name, base = 'HEAD' } = worktree
  return { prompt, messageId, worktree: { spoke, name, branch, base } }
}

/** A worktree with this name belongs to the session alone. */
export function defaultWorktree(sessionId: string): string {
  return `s-${sessionId.replaceAll('-', '').slice(-16)}`
}

function hashOf({ key: _key, ...request }: CoordSpawnInput): string {
  return createHash('sha256').update(canonicalJson(request)).digest('hex')
}

function firstLine(prompt: string): string {
  const line = prompt
    .split('\n')
    .map((one) => one.replaceAll(/\p{C}/gu, '').trim())
    .find((one) => one !== '')
  return (line ?? 'Spawned session').slice(0, 80)
}
