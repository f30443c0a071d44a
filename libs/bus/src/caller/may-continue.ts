import { checkScopes } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { RegistryStore } from '../directory/registry-store.ts'
import { serves } from '../directory/visibility.ts'
import type { PendingCall } from './pending-call.ts'

/**
 * True while the identity may call the operation of the spoke that has the call: another provider of the same pool does not count. Also true for a call that no
 * spoke has, and for a spoke or an operation that the registry no longer lists: how such a call ends is decided elsewhere.
 */
export function mayContinue(
  store: RegistryStore,
  { attempt }: PendingCall,
  identity: Identity,
): boolean {
  const target = attempt?.candidate.target
  if (target?.kind !== 'spoke') return true
  const spoke = store.spoke(target.spokeId)
  const offered = store.offered(target.spokeId, target.name)
  if (spoke === undefined || offered === undefined) return true
  const { name: spokeName, providerType, ownerId, orgId } = spoke
  const servedBy = {
    spokeName,
    ownerId,
    ...(orgId !== undefined && { orgId }),
    ...(providerType && { providerType }),
  }
  return serves(servedBy, identity) && checkScopes(offered.spec.accessControl, identity)
}
