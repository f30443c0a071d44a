import { isDeparted } from '@alkdev/bus'
import type { ServiceRuntime } from '@alkdev/service'
import { turnRights } from '../sessions/turn/turn-rights.ts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getSpokeByName } from '@alkdev/storage'
import { findOtherCommonDir } from '@alkdev/storage/coordination'
import type { SpawnPlan } from '@alkdev/storage/coordination'
import type { SessionRow } from '@alkdev/storage/sessions'
import { spawnRefused } from './spawn-refused.ts'

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus'>
type Worktree = NonNullable<SpawnPlan['worktree']>

/** Milliseconds that a spoke has for one of these operations. */
const PATIENCE_MS = 25_000

export interface MadeWorktree {
  readonly path: string
  readonly commit: string
  readonly repositoryId: string | null
  readonly commonDirId: string
}

/**
 * Makes the worktree of a session, or finds the one that an earlier try made: the answer of that may be lost. Throws SPAWN_REFUSED when the spoke serves
 * another repository than the other workspaces of the project, or has another worktree of that name.
 */
export async function makeWorktree(
  { db, bus }: Runtime,
  principal: Identity,
  session: SessionRow,
  { spoke, name, branch, base }: Worktree,
): Promise<MadeWorktree> {
  const call = async <T>(operation: string, input: object): Promise<T> => {
    const operationId = `dev.${spoke}.${operation}`
    const options = {
      principal,
      timeoutMs: PATIENCE_MS,
      idempotencyKey: `${session.id}:${operation}`,
    }
    try {
      const { envelope } = await bus.call(operationId, input, options)
      return envelope.data as T
    } catch (thrown) {
      const error = CallError.from(thrown)
      if (error.code !== 'OPERATION_NOT_FOUND') throw error
      if (await isAway({ db, bus }, principal, spoke, operationId))
        throw new CallError('PROVIDER_UNAVAILABLE', `The spoke ${spoke} is unavailable.`)
      throw spawnRefused(
        'spoke',
        `The session may use no operation ${operationId}: no spoke has this name, or its rights do not cover it.`,
        { spoke },
      )
    }
  }
  const repository = await call<{ id: string | null; commonDirId: string }>('git.repository', {})
  const { commonDirId } = repository
  const other = await findOtherCommonDir(db, session.projectId, commonDirId)
  if (other !== undefined) throw anotherRepository(spoke, other)
  const place = { repositoryId: repository.id, commonDirId }
  const { worktrees } = await call<{
    worktrees: { name: string; path: string; branch: string | null; commit: string | null }[]
  }>('git.worktreeList', {})
  const known = worktrees.find((one) => one.name === name)
  if (known === undefined) {
    const made = await call<{ path: string; commit: string }>('git.worktreeCreate', {
      name,
      branch,
      base,
    })
    return { ...place, path: made.path, commit: made.commit }
  }
  if (known.branch !== branch || known.commit === null)
    throw spawnRefused('worktree', `The spoke ${spoke} has a worktree ${name} already.`, { name })
  return { ...place, path: known.path, commit: known.commit }
}

/** `workspace`: one of the project, in another git folder. */
export function anotherRepository(spoke: string, workspace: string): CallError {
  return spawnRefused(
    'repository',
    `The spoke ${spoke} uses another git folder than the workspace ${workspace} of the project: branches could not be merged. Name another project, or a spoke of that repository.`,
    { spoke, workspace },
  )
}

/** A spoke of the account that was attached before, and whose operation has no provider now: it may come back. */
async function isAway(
  { db, bus }: Runtime,
  principal: Identity,
  spoke: string,
  operationId: string,
): Promise<boolean> {
  const known = await getSpokeByName(db, spoke)
  if (known?.ownerId !== principal.id) return false
  // Rights that do not cover it are no reason to wait.
  const all = { ...principal, scopes: ['*'], resources: { 'spoke:*': ['call'] } }
  const entry = bus.directory.get(operationId, all)
  return entry === undefined || isDeparted(entry)
}

/** Removes the worktree of a creation that is undone. One with changes stays, and the reconciliation shows it. */
export async function removeWorktree(
  runtime: Runtime & Pick<ServiceRuntime<'coordinator'>, 'authenticator' | 'logger'>,
  session: SessionRow,
  { spoke, name }: Worktree,
): Promise<void> {
  try {
    const { granted: principal } = await turnRights(runtime, session.id, session.grantId)
    const options = { principal, timeoutMs: PATIENCE_MS }
    await runtime.bus.call(`dev.${spoke}.git.worktreeRemove`, { name }, options)
  } catch (error) {
    runtime.logger.info(
      { err: error, sessionId: session.id, worktree: name },
      'the worktree of a session that was not created stays',
    )
  }
}
