import { CodedError } from './coded-error.ts'

const logged = new WeakSet<object>()
const MAX_CAUSES = 8

/** Remembers that an error has been logged with its cause, so that nobody in this process logs it again. */
export function markLogged(error: unknown): void {
  if (typeof error === 'object' && error !== null) logged.add(error)
}

/** Has the error, or one of its causes, been logged? */
export function isLogged(error: unknown): boolean {
  let one = error
  for (let depth = 0; depth < MAX_CAUSES && typeof one === 'object' && one !== null; depth += 1) {
    if (logged.has(one)) return true
    one = (one as { readonly cause?: unknown }).cause
  }
  return false
}

/** Is it no answer of an operation: an error without a code, or an UNKNOWN_ERROR that was made in this process and holds its cause? */
export function isUnexpected(error: unknown): boolean {
  if (!(error instanceof CodedError)) return true
  return error.code === 'UNKNOWN_ERROR' && error.cause !== undefined
}
