import type { OperationContext } from './types.ts'

let trusted: OperationContext | undefined
let trustedOperationId: string | undefined

/**
 * Runs `call`, in which exactly this context object passes this operation's access check, once. The mark is not a member of the context and
 * is removed when `call` returns (a promise counts as returning), so no handler can read it, copy it or make one. Not exported from the
 * package.
 */
export function withTrust<T>(context: OperationContext, operationId: string, call: () => T): T {
  trusted = context
  trustedOperationId = operationId
  try {
    return call()
  } finally {
    trusted = undefined
    trustedOperationId = undefined
  }
}

/** True when the context passes for this operation. Removes the mark. */
export function takeTrust(context: OperationContext, operationId: string): boolean {
  if (trusted === undefined) return false
  const passes = trusted === context && trustedOperationId === operationId
  trusted = undefined
  return passes
}
