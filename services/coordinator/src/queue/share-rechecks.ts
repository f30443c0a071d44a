import type { KeyAuthenticator } from '@alkdev/service'
import type { RecheckRuntime } from './queued-identity.ts'

/** Checks keys for attempts. */
type Rechecks = Pick<KeyAuthenticator, 'recheck'>

type Rechecked = Awaited<ReturnType<KeyAuthenticator['recheck']>>

/**
 * `authenticator.recheck` for many attempts at once: the requests of one turn of the event loop for the same key share one read of the database, which starts
 * after all of them.
 */
export function shareRechecks({ authenticator }: RecheckRuntime): Rechecks {
  const requested = new Map<string, Promise<Rechecked>>()
  return {
    recheck(identity) {
      const { keyId = '' } = identity
      let shared = requested.get(keyId)
      if (shared === undefined) {
        shared = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
          requested.delete(keyId)
          return authenticator.recheck(identity)
        })
        requested.set(keyId, shared)
      }
      return shared
    },
  }
}

/** Milliseconds for which a look-up that began before a claim counts for its attempts: as long as a key is trusted while the change list is not read. */
const AHEAD_MS = 1000

/**
 * Looks keys up beside the claim of the calls that need them, and not after it. What changes after the look-up began ends the attempt, because it watches its keys. Other
 * keys, and all of them after a second, are looked up by `rechecks`.
 */
export function recheckAhead(
  rechecks: Rechecks,
  accountsOfKeys: ReadonlyMap<string, string>,
): Rechecks {
  const begunAt = performance.now()
  const begun = new Map(
    [...accountsOfKeys].map(([keyId, id]) => {
      const looked = rechecks.recheck({ id, keyId, scopes: [] })
      // The attempt that needs it gets the failure.
      looked.catch(() => undefined)
      return [keyId, looked]
    }),
  )
  return {
    recheck(identity) {
      const ahead = begun.get(identity.keyId ?? '')
      const isRecent = performance.now() - begunAt < AHEAD_MS
      return ahead !== undefined && isRecent ? ahead : rechecks.recheck(identity)
    },
  }
}
