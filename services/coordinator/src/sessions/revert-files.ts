import type { SessionsRevertOutput } from '@alkdev/contracts/agents'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { getWorkspace } from '@alkdev/storage'
import type { SessionRow } from '@alkdev/storage/sessions'

type FilesRuntime = Pick<ServiceRuntime<'coordinator'>, 'bus' | 'db'>
type Files = Pick<SessionsRevertOutput, 'files' | 'tree'>

/** The name of the checkpoint with the files as they were before a revert to a position (`revertNumber`). */
export const undoName = (position: number, number: number): string =>
  `before-revert-${position}-${number}`

/** Where the files of a session are: the operations of its spoke, and the worktree. */
interface Place {
  readonly prefix: string
  readonly worktree: string | undefined
}

/** Undefined for a session without a workspace on a spoke. */
export async function placeOf(
  { db }: Pick<FilesRuntime, 'db'>,
  session: SessionRow,
): Promise<Place | undefined> {
  const workspace =
    session.workspaceId === null ? undefined : await getWorkspace(db, session.workspaceId)
  if (workspace?.spoke == null) return undefined
  return { prefix: `dev.${workspace.spoke}`, worktree: workspace.worktree ?? undefined }
}

/** Saves the files as `saveAs`, then restores those of the checkpoint. Throws when the spoke is unavailable: nothing is reverted then. */
export async function restoreFiles(
  runtime: FilesRuntime,
  principal: Identity,
  session: SessionRow,
  wanted: {
    readonly checkpoint: { readonly ref: string; readonly tree: string } | undefined
    readonly saveAs: string
    readonly signal: AbortSignal | undefined
  },
): Promise<Files> {
  const place = await placeOf(runtime, session)
  if (place === undefined) return { files: 'unchanged' }
  const { checkpoint, saveAs, signal } = wanted
  if (checkpoint === undefined) return { files: 'unchanged' }
  const call = caller(runtime, principal, place, session.id, signal)
  const saved = await call('git.checkpoint', saveAs).catch((error: unknown) => {
    // Saved by an earlier try, whose restored files differ.
    if (error instanceof CallError && error.code === 'CONFLICT') return undefined
    throw error
  })
  if (saved?.tree === checkpoint.tree) return { files: 'unchanged', tree: checkpoint.tree }
  const { tree } = await call(
    'git.restore',
    checkpoint.ref.slice(checkpoint.ref.lastIndexOf('/') + 1),
  )
  return { files: 'restored', ...compact({ tree }) }
}

/** Restores the files as they were before a revert; `undo` is their checkpoint, when it changed files. */
export async function unrevertFiles(
  runtime: FilesRuntime,
  principal: Identity,
  session: SessionRow,
  undo: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Files> {
  const place = await placeOf(runtime, session)
  if (place === undefined || undo === undefined) return { files: 'unchanged' }
  try {
    const call = caller(runtime, principal, place, session.id, signal)
    const { tree } = await call('git.restore', undo)
    return { files: 'restored', ...compact({ tree }) }
  } catch (error) {
    if (error instanceof CallError && error.code === 'FILE_NOT_FOUND')
      return { files: 'not-recorded' }
    throw error
  }
}

function caller(
  { bus }: FilesRuntime,
  principal: Identity,
  { prefix, worktree }: Place,
  session: string,
  signal: AbortSignal | undefined,
): (operation: string, step: string) => Promise<{ readonly tree?: string | undefined }> {
  return async (operation, step) => {
    const input = { session, step, ...compact({ worktree }) }
    const { envelope } = await bus.call(`${prefix}.${operation}`, input, {
      principal,
      idempotencyKey: `${session}:${step}`,
      ...compact({ signal }),
    })
    return envelope.data as { tree?: string }
  }
}
