import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { BoundPlace } from './bound-place.ts'
import { failureJson } from './failure-json.ts'
import { isAnother, readRepository } from './read-repository.ts'
import type { Served, SpokeReader } from './read-repository.ts'
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
 * Looks whether the worktree of a session is where it was left: a folder that its repository lists, with its branch checked out, and with the head that the hub
 * knew last, where it knew one. Only that attachment of the spoke may answer. `served`: what it served at an earlier attachment in the turn, for a
 * workspace that does not say it. False when it does not answer now. Throws TurnOver, `workspace-mismatch`, with what is wrong and how to correct it.
 */
export async function verifyPlace(
  { bus }: Pick<ServiceRuntime<'coordinator'>, 'bus'>,
  place: BoundPlace,
  { served, ...reader }: SpokeReader & { readonly served: Served },
): Promise<boolean> {
  const { workspaceId, spoke, worktree, branch: expected, head } = place
  const repository = worktree === undefined ? served : (place.repository ?? served)
  if (worktree === undefined && repository === undefined) return true
  try {
    const reading =
      worktree === undefined
        ? undefined
        : readWorktree({ bus }, place, reader.principal, PATIENCE_MS, reader.attachment)
    // Of the two answers the one about the repository decides first.
    reading?.catch(() => undefined)
    if (
      repository !== undefined &&
      isAnother(await readRepository({ bus }, place, reader), repository)
    )
      throw mismatch(
        `${worktree === undefined ? 'The workspace' : `The worktree ${worktree}`} is in another repository than the one that the spoke ${spoke} serves now. Start the spoke in the folder of before, or give the session another workspace.`,
      )
    const found = await reading
    // The spoke is unavailable, or the rights of the session do not cover it: neither says anything of the worktree.
    if (found === undefined) return true
    const { branch, commit } = found
    if (expected !== undefined && branch !== expected)
      throw mismatch(
        `The worktree ${worktree} has ${branch ?? 'no branch'} checked out, and not ${expected}. Check out ${expected} there, or name the other branch with workspaces.update.`,
      )
    if (head !== undefined && commit !== head)
      throw mismatch(
        `The worktree ${worktree} has ${commit ?? 'no commit'} checked out, and not ${head}, where the session left it. Reset it there (\`git reset --keep ${head}\`), or accept it: workspaces.update ${JSON.stringify({ workspaceId, head: commit })}.`,
      )
    return true
  } catch (thrown) {
    if (thrown instanceof TurnOver) throw thrown
    const error = CallError.from(thrown)
    if (AWAY.has(error.code)) return false
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
