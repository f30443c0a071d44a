import { CLOSE_CODES } from '@alkdev/contracts'
import type { BrokerContext } from './context.ts'
import type { Connection } from './connection/connection.ts'

/** After a change of keys, accounts or memberships every socket that it may concern is checked again; those no longer good close with 4401. */
export function recheckIdentities(context: BrokerContext): void {
  const { runtime } = context
  runtime.onIdentityChange(({ subjectIds }) => {
    const touched = subjectIds && new Set(subjectIds)
    for (const connection of context.connections.keys()) {
      const { id, keyId, orgIds } = connection.identity
      const ids = [id, ...(keyId === undefined ? [] : [keyId]), ...(orgIds ?? [])]
      if (!touched || ids.some((one) => touched.has(one))) void recheck(context, connection)
    }
  })
}

async function recheck(context: BrokerContext, connection: Connection): Promise<void> {
  try {
    const identity = await context.runtime.authenticator.recheck(connection.identity)
    if (identity) connection.identity = identity
    else connection.cut(CLOSE_CODES.KEY_NO_LONGER_VALID, 'the key is no longer valid')
  } catch (error) {
    // Never admission on old knowledge: the peer may come back when keys can be checked again.
    context.runtime.logger.warn(
      { err: error },
      'a socket was closed because its key could not be checked',
    )
    connection.cut(CLOSE_CODES.OVERLOADED, 'the key could not be checked')
  }
}
