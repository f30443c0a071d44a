import type { OperationContext } from './types.ts'

/**
 * Contexts that may pass one operation's access check, once. The mark is not a member of the context, so no handler can read it,
 * copy it or make one; it is gone before the handler gets the context. Not exported from the package.
 */
const granted = new WeakMap<OperationContext, string>()

export function grantTrust(context: OperationContext, operationId: string): void {
  granted.set(context, operationId)
}

/** Whether the context passes for this operation. Uses the mark up. */
export function takeTrust(context: OperationContext, operationId: string): boolean {
  const forOperation = granted.get(context)
  if (forOperation === undefined) return false
  granted.delete(context)
  return forOperation === operationId
}
