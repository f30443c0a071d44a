import { CallError } from '@alkdev/operations'
import type { Identity, OperationContext } from '@alkdev/operations'

/** Whose rights a handler acts with. */
export function callerOf({ identity }: OperationContext): Identity {
  if (identity === undefined) throw new CallError('UNAUTHENTICATED', 'Nobody is calling.')
  return identity
}
