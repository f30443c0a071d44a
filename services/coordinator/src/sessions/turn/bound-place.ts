import { CallError } from '@alkdev/operations'
import { getWorkspace } from '@alkdev/storage'
import type { Db, WorkspaceView } from '@alkdev/storage'
import type { SessionRow } from '@alkdev/storage/sessions'

/** Where the operations of the workspace of a session are. */
export interface BoundPlace {
  readonly workspaceId: string
  /** `dev.<spoke>` */
  readonly prefix: string
  readonly spoke: string
  readonly worktree: string | undefined
  /** What is to be checked out in the worktree; undefined: not compared. */
  readonly branch: string | undefined
  readonly head: string | undefined
  /** The repository that the spoke served when the worktree was made. */
  readonly repository: { readonly id: string | null; readonly commonDirId: string } | undefined
}

/** The place of the workspace of a session; undefined for a session without one. Throws WORKSPACE_MISMATCH when the session needs one that is not there. */
export async function boundPlace(db: Db, session: SessionRow): Promise<BoundPlace | undefined> {
  const workspace =
    session.workspaceId === null ? undefined : await getWorkspace(db, session.workspaceId)
  if (workspace === undefined && !session.workspaceRequired) return undefined
  if (workspace?.spoke == null || workspace.status === 'archived')
    throw new CallError(
      'WORKSPACE_MISMATCH',
      'The workspace of the session, or its spoke, is not there any more.',
    )
  return {
    workspaceId: workspace.id,
    prefix: `dev.${workspace.spoke}`,
    spoke: workspace.spoke,
    worktree: workspace.worktree ?? undefined,
    branch: workspace.branch ?? undefined,
    head: workspace.expectedHead ?? undefined,
    repository: knownRepository(workspace),
  }
}

/** What a workspace knows of its repository. */
export function knownRepository({
  repositoryId,
  commonDirId,
}: Pick<WorkspaceView, 'repositoryId' | 'commonDirId'>): BoundPlace['repository'] {
  return commonDirId === null ? undefined : { id: repositoryId, commonDirId }
}
