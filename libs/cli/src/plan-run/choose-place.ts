import type { Spoke } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { HubProblemError, NotFoundError, UsageError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'

const LIMIT = 200

/**
 * The dev spokes on which worktrees are made: those that are named, or the only one that is attached. Makes the branch `target` there, from HEAD, when there is
 * none. Throws NotFoundError when there is no such spoke, UsageError when several could be meant, OperatorError when they have no repository in common.
 */
export async function choosePlace(
  hub: HubClient,
  named: readonly string[],
  target: string,
): Promise<readonly string[]> {
  const spokes = named.length > 0 ? named : [await onlySpoke(hub)]
  const folders = new Set<string>()
  for (const spoke of spokes) {
    // oxlint-disable-next-line no-await-in-loop -- a few
    folders.add(await gitFolderOf(hub, spoke))
  }
  if (folders.size > 1)
    throw new OperatorError(
      `The spokes ${spokes.join(', ')} serve different repositories.`,
      'Name spokes that serve the same repository.',
    )
  const [first = ''] = spokes
  await refuseCheckedOut(hub, first, target)
  await makeBranch(hub, first, target)
  return spokes
}

/** A merge moves the branch and not the files of a folder that has it checked out, so that each merge into such a branch is refused. */
async function refuseCheckedOut(hub: HubClient, spoke: string, branch: string): Promise<void> {
  const [status, { worktrees }] = await Promise.all([
    hub.call<{ branch: string | null }>(`dev.${spoke}.git.status`, {}),
    hub.call<{ worktrees: readonly { path: string; branch: string | null }[] }>(
      `dev.${spoke}.git.worktreeList`,
      {},
    ),
  ])
  const worktree = worktrees.find((one) => one.branch === branch)
  if (status.branch !== branch && worktree === undefined) return
  const where =
    worktree === undefined ? `the folder of the spoke ${spoke}` : `the worktree ${worktree.path}`
  throw new OperatorError(
    `The branch ${branch} cannot get the work: it is checked out in ${where}, whose files would not follow.`,
    'Leave --into out for a branch of its own, or name a branch that no folder has checked out, and merge that one afterwards.',
  )
}

async function makeBranch(hub: HubClient, spoke: string, branch: string): Promise<void> {
  try {
    await hub.call(`dev.${spoke}.git.fastForward`, { branch, to: 'HEAD' })
  } catch (error) {
    if (!(error instanceof HubProblemError) || error.code !== 'FILE_NOT_FOUND') throw error
    throw new OperatorError(
      'The repository has no commit, from which worktrees could be made.',
      'Make the first one: `git commit --allow-empty -m Begin`.',
      { cause: error },
    )
  }
}

/** The git folder that a spoke serves; throws NotFoundError when no dev spoke of that name is attached. */
async function gitFolderOf(hub: HubClient, spoke: string): Promise<string> {
  try {
    const repository = await hub.call<{ commonDirId: string }>(`dev.${spoke}.git.repository`, {})
    return repository.commonDirId
  } catch (error) {
    if (!(error instanceof HubProblemError) || error.code !== 'OPERATION_NOT_FOUND') throw error
    throw new NotFoundError(
      'SPOKE_NOT_FOUND',
      `No dev spoke ${spoke} is attached that your key may use.`,
      '`alkhub spokes list` shows those that are; `alkhub spoke --name NAME --allow-shell` attaches the current folder.',
      { cause: error },
    )
  }
}

async function onlySpoke(hub: HubClient): Promise<string> {
  const { items } = await hub.call<{ items: Spoke[] }>('spokes.list', {
    status: 'connected',
    limit: LIMIT,
  })
  const names = items.filter(({ spokeType }) => spokeType === 'dev-env').map(({ name }) => name)
  const [name] = names
  if (name !== undefined && names.length === 1) return name
  if (name !== undefined)
    throw new UsageError(
      `Several dev spokes are attached: ${names.join(', ')}.`,
      'Name one with --spoke.',
    )
  throw new NotFoundError(
    'SPOKE_NOT_FOUND',
    'No dev spoke is attached.',
    'Attach the repository with `alkhub spoke --allow-shell`.',
  )
}
