import { grantRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import { listTurnGrants } from '@alkdev/storage/sessions'
import type { SessionRow } from '@alkdev/storage/sessions'
import { placeOf } from './revert-files.ts'

/** Milliseconds that the end of a session waits for its spoke. */
const PATIENCE_MS = 10_000

type EndRuntime = Pick<ServiceRuntime<'coordinator'>, 'authenticator' | 'bus' | 'db' | 'logger'>

/**
 * Who may have left something of a session at its spoke: the caller, if there is one, and each other account that had turns in it, with the rights that its latest turn
 * has now. An account whose key or grant is no longer valid is left out.
 */
export async function workspaceUsers(
  runtime: Pick<EndRuntime, 'authenticator' | 'db'>,
  caller: Identity | undefined,
  sessionId: string,
): Promise<readonly Identity[]> {
  const grants = await listTurnGrants(runtime.db, sessionId)
  const rights = await Promise.all(
    grants
      .filter(({ accountId }) => accountId !== caller?.id)
      .map(({ grantId }) => grantRights(runtime, grantId)),
  )
  const others = rights.flatMap((one) => (one === undefined ? [] : [one.identity]))
  return caller === undefined ? others : [caller, ...others]
}

/**
 * Ends what a session has on the spoke of its workspace: the processes that its users started, each with the rights of that user, and, when it is
 * deleted, its checkpoints. A spoke that is unavailable, or lacks the operation, does not hold the end of the session up; it is logged.
 */
export async function endWorkspaceUse(
  runtime: Pick<EndRuntime, 'bus' | 'db' | 'logger'>,
  users: readonly Identity[],
  session: SessionRow,
  isDeleted: boolean,
): Promise<void> {
  const place = await placeOf(runtime, session)
  if (place === undefined) return
  /** False when it was not done. */
  const call = async (name: string, principal: Identity): Promise<boolean> => {
    const operationId = `${place.prefix}.${name}`
    if (runtime.bus.directory.get(operationId, principal) === undefined) return false
    try {
      await runtime.bus.call(
        operationId,
        { session: session.id },
        { principal, timeoutMs: PATIENCE_MS },
      )
      return true
    } catch (error) {
      runtime.logger.info(
        { err: error, sessionId: session.id, operationId },
        'what a session left at its spoke was not removed',
      )
      return false
    }
  }
  // A user can end only the processes of its own account.
  await Promise.all(users.map((user) => call('process.kill', user)))
  if (!isDeleted) return
  for (const user of users)
    // oxlint-disable-next-line no-await-in-loop -- the checkpoints are those of the session: one user removes them all
    if (await call('git.checkpointRemove', user)) return
}
