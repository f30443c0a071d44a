import type { CoordMergeInput } from '@alkdev/contracts/agents'
import { CallError } from '@alkdev/operations'
import type { Caller, ServiceRuntime } from '@alkdev/service'
import { getWorkspace, inTransaction, updateWorkspace } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { enqueueMerge, findMapping, MAX_OPEN_MERGES } from '@alkdev/storage/coordination'
import type { MergeQueueRow } from '@alkdev/storage/coordination'
import { getSession, lockSession } from '@alkdev/storage/sessions'
import type { SessionRow } from '@alkdev/storage/sessions'
import { readTaskById } from '@alkdev/storage/tasks'
import { boundPlace } from '../../sessions/turn/bound-place.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'
import { childGrant } from '../child-grant.ts'

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus'>

const PATIENCE_MS = 25_000

export interface RequestedMerge {
  readonly row: MergeQueueRow
  readonly isNew: boolean
}

/**
 * Puts the branch of a session into the queue, with the rights of the caller for the merge. Throws SESSION_NOT_FOUND, and MERGE_REFUSED with the reason:
 * `not-finished`, `workspace`, `no-branch`, `same-branch`, `no-shell`, `in-queue`, `too-many`.
 */
export async function requestMerge(
  runtime: Runtime,
  caller: Caller,
  { sessionId, target, checks }: CoordMergeInput,
  alsoWrite: (tx: Db, merge: MergeQueueRow) => Promise<void>,
): Promise<RequestedMerge> {
  const { db } = runtime
  // They run with the rights of the caller, whose roles may rule on each command.
  if (caller.sessionId !== undefined && checks !== undefined)
    throw new CallError('ACCESS_DENIED', 'A session names no checks: those of the task run.')
  const session = await changeableSession(db, caller, sessionId)
  const place = await mergePlace(runtime, caller, session, target)
  const task = await taskOf(db, sessionId)
  const wanted = checks ?? task?.checks ?? []
  if (wanted.length > 0) requireShell(runtime, caller, place)
  return inTransaction(db, async (tx) => {
    const locked = await lockSession(tx, sessionId)
    const mapping = await findMapping(tx, sessionId)
    if (locked === undefined || locked.abortId !== null || mapping?.status === 'active')
      throw refused('not-finished', 'The session has not finished its work, or was aborted.')
    const asked = {
      projectId: session.projectId,
      commonDirId: place.commonDirId,
      targetBranch: target,
      branch: place.branch,
      sessionId,
      workspaceId: session.workspaceId,
      taskId: task?.id ?? null,
      accountId: caller.id,
      leadSessionId: caller.sessionId ?? null,
      checks: wanted.map((check) => ({ ...check })),
    }
    const lead = caller.sessionId === undefined ? undefined : await getSession(tx, caller.sessionId)
    // A merge that a session asks for ends with the rights of that session, and has no more than its turn.
    const merge = await enqueueMerge(tx, asked, () => childGrant(tx, caller, lead))
    if (merge === undefined)
      throw refused('too-many', `The account has ${MAX_OPEN_MERGES} merges that are not over.`)
    // The branch is what a spoke says: what is known of the merge is for those alone who may see its session.
    if (merge.row.sessionId !== sessionId)
      throw refused('in-queue', 'The branch is in the queue of the target for another session.')
    if (merge.isNew) await alsoWrite(tx, merge.row)
    return merge
  })
}

/** A spoke that is unavailable has no operations: it may come back. */
function requireShell(
  { bus: { directory } }: Runtime,
  caller: Caller,
  { shell, repository }: { readonly shell: string; readonly repository: string },
): void {
  if (directory.get(shell, caller) !== undefined) return
  if (directory.get(repository, caller) === undefined)
    throw new CallError('PROVIDER_UNAVAILABLE', `The spoke that has ${shell} is unavailable.`)
  throw refused(
    'no-shell',
    `The checks need ${shell}: a spoke with \`--allow-shell\`, and the scope \`shell:run\`.`,
  )
}

/** The checks are those of the task when it was claimed, or else those that it has. */
async function taskOf(db: Db, sessionId: string) {
  const taskId = (await findMapping(db, sessionId))?.taskId ?? null
  const found = taskId === null ? undefined : await readTaskById(db, taskId)
  return found && { id: found.task.id, checks: found.claim?.checks ?? found.task.checks }
}

async function mergePlace(
  { db, bus }: Runtime,
  caller: Caller,
  session: SessionRow,
  target: string,
) {
  const bound = await boundPlace(db, session)
  const workspace =
    session.workspaceId === null ? undefined : await getWorkspace(db, session.workspaceId)
  if (bound?.worktree === undefined || workspace === undefined)
    throw refused('workspace', 'The session works in no worktree of its own.')
  const { branch } = workspace
  if (branch === null) throw refused('no-branch', 'Its workspace names no branch.')
  if (branch === target) throw refused('same-branch', 'The branch is the target itself.')
  const known = {
    branch,
    shell: `${bound.prefix}.shell.run`,
    repository: `${bound.prefix}.git.repository`,
  }
  if (workspace.commonDirId !== null) return { ...known, commonDirId: workspace.commonDirId }
  const options = { principal: caller, timeoutMs: PATIENCE_MS }
  const { envelope } = await bus.call(known.repository, {}, options)
  const { commonDirId } = envelope.data as { commonDirId: string }
  await updateWorkspace(db, workspace.id, { commonDirId })
  return { ...known, commonDirId }
}

function refused(reason: string, message: string): CallError {
  return new CallError('MERGE_REFUSED', message, { reason }, { httpStatus: 409 })
}
