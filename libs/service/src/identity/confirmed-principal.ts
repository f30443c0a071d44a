import { CodedError } from '@alkdev/errors'
import type { Identity } from '@alkdev/operations'
import type { ServiceRuntime } from '../start/service-runtime.ts'
import { grantRights } from './grant-rights.ts'
import type { IdentityWatcher } from './identity-watcher.ts'
import { intersectRights } from './intersect-rights.ts'

/** Member of the metadata of a call that is made with the rights of a stored grant: the id of the grant. A service sets it, over what a peer may have given. */
export const STORED_GRANT = 'storedGrant'

/** The grant with whose rights a call is made, by its metadata. */
export function storedGrantOf(
  metadata: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const grantId = metadata?.[STORED_GRANT]
  return typeof grantId === 'string' ? grantId : undefined
}

type ConfirmRuntime = Pick<ServiceRuntime, 'db' | 'authenticator'> & {
  readonly live: Pick<IdentityWatcher, 'confirm'>
}

/**
 * The principal, once its key was confirmed. When the key is not valid any more but was replaced (`keys.rotate`), so that the grant is another key's now: the principal with that
 * key, limited to the rights that the grant has. Rejects as `confirm` does.
 */
export async function confirmedPrincipal(
  runtime: ConfirmRuntime,
  principal: Identity,
  grantId: string | undefined,
): Promise<Identity> {
  try {
    await runtime.live.confirm(principal)
    return principal
  } catch (error) {
    if (grantId === undefined || CodedError.from(error).code !== 'UNAUTHENTICATED') throw error
    const rights = await grantRights(runtime, grantId)
    const { id, keyId } = rights?.identity ?? {}
    if (rights === undefined || keyId === undefined || id !== principal.id) throw error
    if (keyId === principal.keyId) throw error
    const moved = { ...intersectRights(principal, rights.identity), keyId }
    await runtime.live.confirm(moved)
    return moved
  }
}
