import type { OperationContext } from '@alkdev/operations'
import type { GroupOwner } from './process-groups.ts'

/** Whose call it is: the account, and the session that the identity or the metadata of the call names. */
export function ownerOf({ identity, metadata }: OperationContext): GroupOwner {
  const named = metadata?.['sessionId']
  return {
    account: identity?.id,
    session: identity?.sessionId ?? (typeof named === 'string' ? named : undefined),
  }
}
