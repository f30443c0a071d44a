import { CodedError } from './coded-error.ts'

const logged = new WeakSet<object>()
const MAX_CAUSES = 8

/** Marks an error as logged with its cause, so that this process does not log it again. */
export function markLogged(error: unknown): void {
  if (typeof error === 'object' && error !== null) logged.add(error)
}

/** Whether the error, or one of its causes, has been logged. */
export function isLogged(error: unknown): boolean {
  let one = error
  for (let depth = 0; depth < MAX_CAUSES && typeof one === 'object' && one !== null; depth += 1) {
    if (logged.has(one)) return true
    one = (one as { readonly cause?: unknown }).cause
  }
  return false
}

/** Whether the error is not an answer of an operation: it has no code, or is an UNKNOWN_ERROR of this process with its cause. */
export function isUnexpected(error: unknown): boolean {
  if (!(error instanceof CodedError)) return true
  return error.code === 'UNKNOWN_ERROR' && error.cause !== undefined
}
