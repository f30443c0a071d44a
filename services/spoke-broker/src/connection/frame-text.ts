import { CallError } from '@alkdev/operations'
import { MAX_JSON_DEPTH } from '@alkdev/std'

/** A frame as JSON. Throws CallError EXECUTION_ERROR for a frame that can't be written as JSON. */
export function frameText(frame: object): string {
  try {
    return JSON.stringify(frame)
  } catch (cause) {
    throw new CallError('EXECUTION_ERROR', 'The frame has no JSON text.', undefined, { cause })
  }
}

/** The payload of a `call.error`. Never throws: details that can't be written as JSON are left out. `ownCallId`: the hub's id of the call, unless the error names one. */
export function errorPayload(requestId: string, error: CallError, ownCallId?: string): object {
  const { code, message, details, callId = ownCallId } = error
  return {
    requestId,
    code,
    message,
    ...(details !== undefined && hasText(details) && { details }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(callId !== undefined && { callId }),
    ...(error.callId !== undefined && { replayed: true }),
    timestamp: Date.now(),
  }
}

/** The message for a request or an answer that has too many levels. */
export function tooDeep(what: 'request' | 'answer'): string {
  return `The ${what} is nested deeper than ${MAX_JSON_DEPTH} levels.`
}

function hasText(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined
  } catch {
    return false
  }
}
