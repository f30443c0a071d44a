import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { BoundPlace } from './bound-place.ts'
import { failureJson } from './failure-json.ts'
import { readWorktree } from './read-worktree.ts'
import { TurnOver } from './turn-over.ts'

const PATIENCE_MS = 15_000
/** Codes that say that the spoke does not answer now. */
const AWAY: ReadonlySet<string> = new Set([
  'OPERATION_NOT_FOUND',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_LOST',
  'TIMEOUT',
  'OVERLOADED',
  'UNAVAILABLE',
])
/** Codes with which the spoke says that there is no such worktree, or that its git link leads elsewhere. */
const WRONG: ReadonlySet<string> = new Set(['FILE_NOT_FOUND', 'ACCESS_DENIED', 'EXECUTION_ERROR'])

/**
 * Looks whether the worktree of a session is where it was left: a folder that the repository lists, with its branch checked out, and with the head that the hub
 * knew last, where it knew one. A spoke that does not answer now is left to what follows. Throws TurnOver, `workspace-mismatch`, with what is wrong and how to
 * correct it.
 */
export async function verifyPlace(
  { bus }: Pick<ServiceRuntime<'coordinator'>, 'bus'>,
  place: BoundPlace,
  principal: Identity,
): Promise<void> {
  const { workspaceId, worktree, branch: expected, head } = place
  if (worktree === undefined) return
  try {
    const found = await readWorktree({ bus }, place, principal, PATIENCE_MS)
    // The spoke is unavailable, or the rights of the session do not cover it: neither says anything of the worktree.
    if (found === undefined) return
    const { branch, commit } = found
    if (expected !== undefined && branch !== expected)
      throw mismatch(
        `The worktree ${worktree} has ${branch ?? 'no branch'} checked out, and not ${expected}. Check out ${expected} there, or name the other branch with workspaces.update.`,
      )
    if (head !== undefined && commit !== head)
      throw mismatch(
        `The worktree ${worktree} has ${commit ?? 'no commit'} checked out, and not ${head}, where the session left it. Reset it there (\`git reset --keep ${head}\`), or accept it: workspaces.update ${JSON.stringify({ workspaceId, head: commit })}.`,
      )
  } catch (thrown) {
    if (thrown instanceof TurnOver) throw thrown
    const error = CallError.from(thrown)
    if (AWAY.has(error.code)) return
    if (!WRONG.has(error.code)) throw thrown
    throw mismatch(
      `The worktree ${worktree} is not as it was left: ${error.message} Put it back (\`git worktree repair\`), or give the session another workspace.`,
    )
  }
}

function mismatch(message: string): TurnOver {
  return new TurnOver(
    'workspace-mismatch',
    failureJson(new CallError('WORKSPACE_MISMATCH', message)),
  )
}
