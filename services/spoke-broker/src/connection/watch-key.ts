import { CLOSE_CODES, SCOPES } from '@alkdev/contracts'
import type { Authenticated } from '@alkdev/contracts'
import { coversScope } from '@alkdev/operations'
import type { BrokerContext } from '../context.ts'
import type { Peer } from './peer.ts'
import { mayServe } from '../registration/check-project.ts'

/**
 * Watches the key of a socket until the returned function is called. A key that is no longer valid, or no longer valid for a spoke,
 * closes the socket with 4401; a spoke whose account has left its project is closed so that it attaches again, which is then refused.
 */
export function watchKey(context: BrokerContext, peer: Peer): () => void {
  const { connection } = peer
  return context.runtime.live.watch({
    get authenticated() {
      return connection.authenticated
    },
    end(reason) {
      peer.keyEnded(reason)
      connection.cut(CLOSE_CODES.KEY_NO_LONGER_VALID, 'no longer valid')
    },
    changed: (now) => takeOver(context, peer, now),
  })
}

/** The current rights of the key. Rejects when Postgres can't confirm that the spoke may still serve its project. */
async function takeOver(
  context: BrokerContext,
  peer: Peer,
  authenticated: Authenticated,
): Promise<void> {
  const { connection, spoke } = peer
  const { identity } = authenticated
  connection.authenticated = authenticated
  peer.rightsChanged()
  if (!spoke) return
  if (!coversScope(identity.scopes, SCOPES.SPOKES_ATTACH)) {
    connection.cut(CLOSE_CODES.KEY_NO_LONGER_VALID, 'the key may not attach spokes now')
    return
  }
  const { projectId } = spoke
  if (projectId === undefined || (await mayServe(context.runtime.db, projectId, identity))) return
  connection.cut(CLOSE_CODES.DRAINED, 'the account may no longer serve the project')
}
