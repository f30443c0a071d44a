import { CodedError } from '@alkdev/errors'
import { fromErrno } from './confine/confined-folder.ts'

/**
 * What a handler threw, fit for a caller: a CodedError as it is, the reason of an abort as it is, anything else without its message,
 * because the system's messages name paths of this machine. The original is the cause.
 */
export function inOwnWords(thrown: unknown, signal: AbortSignal | undefined): unknown {
  if (thrown instanceof CodedError) return thrown
  if (signal?.aborted && thrown === signal.reason) return thrown
  const { code, syscall } = (thrown ?? {}) as { code?: unknown; syscall?: unknown }
  if (typeof code === 'string' && typeof syscall === 'string')
    return fromErrno(thrown as NodeJS.ErrnoException, 'A file on the way')
  return new CodedError('EXECUTION_ERROR', 'The operation failed on the machine of the spoke.', {
    cause: thrown,
  })
}
