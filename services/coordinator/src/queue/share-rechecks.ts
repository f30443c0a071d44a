import type { KeyAuthenticator } from '@alkdev/service'
import type { RecheckRuntime } from './queued-identity.ts'

type Rechecked = Awaited<ReturnType<KeyAuthenticator['recheck']>>

/**
 * `authenticator.recheck` for many attempts at once: the requests of one turn of the event loop for the same key share one read of the database, which starts
 * after all of them.
 */
export function shareRechecks({
  authenticator,
}: RecheckRuntime): Pick<KeyAuthenticator, 'recheck'> {
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
