import { CLOSE_CODES, SCOPES } from '@alkdev/contracts'
import { coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { BrokerContext } from './context.ts'
import type { Connection } from './connection/connection.ts'
import { mayServe } from './registration/check-project.ts'

/** Keys end by themselves too, without a change that is announced; more than the process remembers may be in use. */
const EVERY_MS = 30_000

/**
 * Watches the key of a socket until the function that is returned is called. A key that is no longer good, or no longer good for a spoke,
 * closes the socket with 4401; a spoke whose account has left its project is closed so that it attaches again, and is refused then.
 */
export function watchKey(context: BrokerContext, connection: Connection): () => void {
  return context.runtime.live.watch({
    get identity() {
      return connection.identity
    },
    end(reason) {
      context.connections.get(connection)?.keyEnded(reason)
      connection.cut(CLOSE_CODES.KEY_NO_LONGER_VALID, 'no longer valid')
    },
    changed: (now) => takeOver(context, connection, now),
  })
}

/** Looks every 30 s at the keys of all open sockets, one key after the other. An absent database closes no socket. */
export function sweepKeys({ runtime }: BrokerContext): void {
  const { live, logger } = runtime
  let busy = false
  const sweep = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what it is for
    for (const keyId of live.keyIds) await live.refresh(keyId)
  }
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    sweep()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'keys of open sockets could not be checked now'),
      )
      .finally(() => (busy = false))
  }, EVERY_MS)
  runtime.onClose('checks of keys', () => clearInterval(timer))
}

/** The rights that the key has now. Rejects when Postgres can't say whether the spoke may still serve its project. */
async function takeOver(
  context: BrokerContext,
  connection: Connection,
  identity: Identity,
): Promise<void> {
  connection.identity = identity
  const peer = context.connections.get(connection)
  peer?.rightsChanged()
  const spoke = peer?.spoke
  if (!spoke) return
  if (!coversScope(identity.scopes, SCOPES.SPOKES_ATTACH)) {
    connection.cut(CLOSE_CODES.KEY_NO_LONGER_VALID, 'the key may not attach spokes now')
    return
  }
  const { projectId } = spoke
  if (projectId === undefined || (await mayServe(context.runtime.db, projectId, identity))) return
  connection.cut(CLOSE_CODES.DRAINED, 'the project is closed to the account')
}
