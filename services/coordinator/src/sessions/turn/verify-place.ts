import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getWorkspace } from '@alkdev/storage'
import type { SessionRow } from '@alkdev/storage/sessions'
import type { BoundPlace } from './bound-place.ts'
import { failureJson } from './failure-json.ts'
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
 * Looks whether the worktree of a session is where it was left: a folder that the repository lists, with its branch checked out. A spoke that does not answer
 * now is left to what follows. Throws TurnOver, `workspace-mismatch`, with what is wrong and how to correct it.
 */
export async function verifyPlace(
  { db, bus }: Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus'>,
  session: SessionRow,
  { prefix, worktree }: BoundPlace,
  principal: Identity,
): Promise<void> {
  if (worktree === undefined || session.workspaceId === null) return
  const operationId = `${prefix}.git.status`
  // The spoke is unavailable, or the rights of the session do not cover it: neither says anything of the worktree.
  if (bus.directory.get(operationId, principal) === undefined) return
  const workspace = await getWorkspace(db, session.workspaceId)
  try {
    const { envelope } = await bus.call(
      operationId,
      { worktree },
      { principal, timeoutMs: PATIENCE_MS },
    )
    const { branch } = envelope.data as { branch: string | null }
    const expected = workspace?.branch ?? null
    if (expected === null || branch === expected) return
    throw mismatch(
      `The worktree ${worktree} has ${branch ?? 'no branch'} checked out, and not ${expected}. Check out ${expected} there, or name the other branch with workspaces.update.`,
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
