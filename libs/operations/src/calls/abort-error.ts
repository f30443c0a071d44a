import { CodedError } from '@alkdev/errors'
import { CallError } from './call-error.ts'

/** The reason of an aborted signal as a CallError: ABORTED unless the reason has a code. */
export function abortError(signal: AbortSignal): CallError {
  const reason: unknown = signal.reason
  if (reason instanceof CodedError) return CallError.from(reason)
  if (reason instanceof DOMException && reason.name === 'TimeoutError')
    return new CallError('TIMEOUT', 'The time for the call is over.', undefined, { cause: reason })
  return new CallError('ABORTED', 'The call was aborted.', undefined, { cause: reason })
}
