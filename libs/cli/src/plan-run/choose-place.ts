import type { Spoke } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'

const LIMIT = 200

/**
 * The dev spokes on which worktrees are made: those that are named, or the only one that is attached. Makes the branch `target` there, from HEAD, when there is
 * none. Throws OperatorError when there is no such spoke, or they have no repository in common.
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
  await makeBranch(hub, spokes[0] ?? '', target)
  return spokes
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

/** The git folder that a spoke serves; throws OperatorError when no dev spoke of that name is attached. */
async function gitFolderOf(hub: HubClient, spoke: string): Promise<string> {
  try {
    const repository = await hub.call<{ commonDirId: string }>(`dev.${spoke}.git.repository`, {})
    return repository.commonDirId
  } catch (error) {
    if (!(error instanceof HubProblemError) || error.code !== 'OPERATION_NOT_FOUND') throw error
    throw new OperatorError(
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
  throw new OperatorError(
    names.length === 0
      ? 'No dev spoke is attached.'
      : `Several dev spokes are attached: ${names.join(', ')}.`,
    names.length === 0
      ? 'Attach the repository with `alkhub spoke --allow-shell`.'
      : 'Name one with --spoke.',
  )
}
