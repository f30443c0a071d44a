import type { SessionsRevertOutput } from '@alkdev/contracts/agents'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { getWorkspace } from '@alkdev/storage'
import type { SessionRow } from '@alkdev/storage/sessions'
import { namedPlace } from './named-place.ts'
import type { FilesPlace, NamedPlace } from './named-place.ts'
import { knownRepository } from './turn/bound-place.ts'

type FilesRuntime = Pick<ServiceRuntime<'coordinator'>, 'bus' | 'db'>
type Files = Pick<SessionsRevertOutput, 'files' | 'tree'>

/** The name of the checkpoint with the files as they were before a revert to a position (`revertNumber`). */
export const undoName = (position: number, number: number): string =>
  `before-revert-${position}-${number}`

/** Undefined for a session without a workspace on a spoke. */
export async function placeOf(
  { db }: Pick<FilesRuntime, 'db'>,
  session: SessionRow,
): Promise<FilesPlace | undefined> {
  const workspace =
    session.workspaceId === null ? undefined : await getWorkspace(db, session.workspaceId)
  if (workspace?.spoke == null) return undefined
  return {
    prefix: `dev.${workspace.spoke}`,
    spoke: workspace.spoke,
    worktree: workspace.worktree ?? undefined,
    repository: knownRepository(workspace),
  }
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
  const found = await placeOf(runtime, session)
  if (found === undefined) return { files: 'unchanged' }
  const { checkpoint, saveAs, signal } = wanted
  if (checkpoint === undefined) return { files: 'unchanged' }
  const place = await namedPlace(runtime, found, `${found.prefix}.git.restore`, principal)
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
  const found = await placeOf(runtime, session)
  if (found === undefined || undo === undefined) return { files: 'unchanged' }
  const place = await namedPlace(runtime, found, `${found.prefix}.git.restore`, principal)
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
  { prefix, worktree, attachment }: NamedPlace,
  session: string,
  signal: AbortSignal | undefined,
): (operation: string, step: string) => Promise<{ readonly tree?: string | undefined }> {
  return async (operation, step) => {
    const input = { session, step, ...compact({ worktree }) }
    const { envelope } = await bus.call(`${prefix}.${operation}`, input, {
      principal,
      attachment,
      idempotencyKey: `${session}:${step}`,
      ...compact({ signal }),
    })
    return envelope.data as { tree?: string }
  }
}
