import { CodedError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import type { FrameError } from './wire/frames.ts'

/** The call layer's own errors. `PROVIDER_LOST` always says that the outcome is unknown. */
export function providerLost(
  reason: string,
  details: Readonly<Record<string, unknown>> = {},
): CallError {
  return new CallError(
    'PROVIDER_LOST',
    `The provider was lost during the call: ${reason.replace(/\.+$/, '')}.`,
    {
      outcome: 'unknown',
      reason,
      ...details,
    },
  )
}

export function providerUnavailable(message: string, retryAfterMs = 1000): CallError {
  return new CallError('PROVIDER_UNAVAILABLE', message, undefined, { retryAfterMs })
}

/** `details.reason` of the PROVIDER_UNAVAILABLE that ends a call with `attachment`. */
export const SPOKE_ATTACHED_AGAIN = 'spoke-attached-again'

/** The spoke has another attachment than the one that the call was to be made at. */
export function spokeAttachedAgain(): CallError {
  return new CallError(
    'PROVIDER_UNAVAILABLE',
    'The spoke was attached again before the call was made. Nothing ran.',
    { reason: SPOKE_ATTACHED_AGAIN },
    { retryAfterMs: 0 },
  )
}

export function overloaded(message: string, retryAfterMs = 1000): CallError {
  return new CallError('OVERLOADED', message, undefined, { retryAfterMs })
}

/** An operation that the caller may not see and one that does not exist give the same error. */
export function notFound(operationId: string): CallError {
  return new CallError('OPERATION_NOT_FOUND', `There is no operation ${operationId}.`, {
    operationId,
  })
}

/** The caller accepts only the other kind of operation. Nothing ran. */
export function wrongKind(entry: {
  readonly operationId: string
  readonly spec: OperationSpec
}): CallError {
  const { type } = entry.spec
  const { operationId } = entry
  const how =
    type === 'subscription'
      ? 'is a subscription: subscribe to it (over HTTP: send `Accept: text/event-stream`)'
      : `is a ${type}: call it`
  return new CallError('VALIDATION_ERROR', `${operationId} ${how}.`, { operationId, type })
}

export function timedOut(timeoutMs: number): CallError {
  return new CallError('TIMEOUT', `The call took longer than ${Math.round(timeoutMs)} ms.`, {
    timeoutMs,
  })
}

export function payloadTooLarge(what: 'input' | 'output', bytes: number, limit: number): CallError {
  return new CallError('PAYLOAD_TOO_LARGE', `The ${what} is over ${limit} bytes.`, { bytes, limit })
}

/** A call whose request can't be written as JSON: it was not sent to any provider. */
export function requestNotWritable(): CallError {
  return new CallError(
    'VALIDATION_ERROR',
    'The input or the metadata of the call cannot be written as JSON. Nothing ran.',
  )
}

/** A value that a handler returned, sent or threw can't be written as JSON. */
export function answerNotWritable(what: 'output' | 'error'): CallError {
  return new CallError('EXECUTION_ERROR', `The ${what} of the operation cannot be written as JSON.`)
}

/** The reason of an AbortSignal as the error that the call ends with. */
export function abortError(reason: unknown): CallError {
  if (reason instanceof CodedError) return CallError.from(reason)
  if (typeof reason === 'string' && reason !== '') return new CallError('ABORTED', reason)
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new CallError('TIMEOUT', 'The caller gave the call no more time.', undefined, {
      cause: reason,
    })
  }
  return new CallError('ABORTED', 'The caller aborted the call.', undefined, { cause: reason })
}

/** Never throws, whatever was thrown: a value that can't be inspected becomes UNKNOWN_ERROR. */
export function toCallError(error: unknown): CallError {
  try {
    return CallError.from(error)
  } catch (hostile) {
    return new CallError('UNKNOWN_ERROR', 'Something failed inside the hub.', undefined, {
      cause: hostile,
    })
  }
}

export function toFrameError(error: unknown): FrameError {
  const coded = toCallError(error)
  const wire = coded.toWire()
  return coded.retryAfterMs === undefined ? wire : { ...wire, retryAfterMs: coded.retryAfterMs }
}

export function fromFrameError(error: FrameError): CallError {
  return new CallError(
    error.code,
    error.message,
    error.details,
    error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs },
  )
}
