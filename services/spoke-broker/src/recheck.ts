import { CLOSE_CODES, SCOPES } from '@alkdev/contracts'
import { coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import type { BrokerContext } from './context.ts'
import type { Connection } from './connection/connection.ts'
import { mayServe } from './registration/check-project.ts'

/** Keys end by themselves too, without a change that is told. */
const EVERY_MS = 30_000
/** How often, and with which pauses, a key of which something has changed is looked up before its socket is closed unchecked. */
const TRIES = 3
const PAUSE_MS = 1000

/** Looks again at the keys of open sockets. */
export interface Rechecks {
  /** Counts changes of identities: whoever was authenticated under an earlier number may have to be checked again. */
  readonly changes: number
  check(connection: Connection): void
}

/**
 * After a change of keys, accounts or memberships every socket that it may concern is checked again, and all of them every 30 s. Those
 * whose key is no longer good, or no longer good for a spoke, close with 4401; a spoke whose account has left its project is asked
 * to attach anew, and then refused.
 */
export function recheckIdentities(context: BrokerContext): Rechecks {
  const { runtime } = context
  let changes = 0
  const check = (connection: Connection): void => void recheck(context, connection)
  runtime.onIdentityChange(({ subjectIds }) => {
    changes += 1
    const touched = subjectIds && new Set(subjectIds)
    for (const connection of context.connections.keys()) {
      const { id, keyId, orgIds } = connection.identity
      const ids = [id, ...(keyId === undefined ? [] : [keyId]), ...(orgIds ?? [])]
      if (!touched || ids.some((one) => touched.has(one))) check(connection)
    }
  })
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    void recheckKeys(context).finally(() => (busy = false))
  }, EVERY_MS)
  runtime.onClose('checks of keys', () => clearInterval(timer))
  return {
    get changes() {
      return changes
    },
    check,
  }
}

/** One socket for each key, one after the other; the others of a key that is not as it was follow. An absent database closes nobody's socket. */
async function recheckKeys(context: BrokerContext): Promise<void> {
  const { authenticator, logger } = context.runtime
  const byKey = Map.groupBy(context.connections.keys(), ({ identity }) => identity.keyId)
  for (const connections of byKey.values()) {
    const [first] = connections
    if (!first) continue
    try {
      const identity = await authenticator.recheck(first.identity)
      for (const one of connections)
        if (one.identity !== identity) await apply(context, one, identity)
    } catch (error) {
      logger.warn({ err: error }, 'keys of open sockets could not be checked now')
      return
    }
  }
}

/** Something has changed: a socket whose key can't be looked up is closed, as admission on old knowledge there is none. */
async function recheck(context: BrokerContext, connection: Connection): Promise<void> {
  const { authenticator, logger } = context.runtime
  for (let at = 1; connection.open; at++) {
    try {
      await apply(context, connection, await authenticator.recheck(connection.identity))
      return
    } catch (error) {
      logger.warn({ err: error }, 'the key of an open socket could not be checked')
      // It may come back when keys can be checked again.
      if (at === TRIES) connection.cut(CLOSE_CODES.OVERLOADED, 'the key could not be checked')
      else await sleep(PAUSE_MS)
    }
  }
}

async function apply(
  context: BrokerContext,
  connection: Connection,
  identity: Identity | undefined,
): Promise<void> {
  if (!identity) return connection.cut(CLOSE_CODES.KEY_NO_LONGER_VALID, 'no longer valid')
  connection.identity = identity
  const spoke = context.connections.get(connection)?.spoke
  if (!spoke) return undefined
  if (!coversScope(identity.scopes, SCOPES.SPOKES_ATTACH))
    return connection.cut(CLOSE_CODES.KEY_NO_LONGER_VALID, 'the key may not attach spokes now')
  const { projectId } = spoke
  if (projectId === undefined || (await mayServe(context.runtime.db, projectId, identity)))
    return undefined
  return connection.cut(CLOSE_CODES.DRAINED, 'the project is closed to the account')
}
