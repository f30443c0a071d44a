import type { ProvidedCall } from '@alkdev/bus'
import { errorTable } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { CallErrorEvent } from '@alkdev/operations'
import { jsonBytes } from '../connection/payload-size.ts'

/** Codes that only the hub may use: from a spoke they would promise what it can't know. */
const hubOnly = new Set([
  'UNAUTHENTICATED',
  'OPERATION_NOT_FOUND',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_LOST',
  'OVERLOADED',
  'UNAVAILABLE',
])
const longestMessage = 4000
const longestRetryAfterMs = 86_400_000

export interface ErrorFrame {
  /** Length of the frame. */
  readonly bytes: number
  readonly maxPayloadBytes: number
}

/**
 * What a spoke says went wrong. Codes of the table that it may know of and those that its spec declares are kept; anything else is
 * EXECUTION_ERROR with the code in its details. Details that are too large are left out, and so is a `retryAfterMs` beyond a day.
 */
export function spokeError(
  event: CallErrorEvent,
  call: ProvidedCall,
  { bytes, maxPayloadBytes }: ErrorFrame,
): CallError {
  const { code } = event
  const message = event.message.slice(0, longestMessage)
  const fits = bytes <= maxPayloadBytes || jsonBytes(event.details) <= maxPayloadBytes
  const details = fits ? event.details : undefined
  const again = retryAfterOf(event)
  if (!hubOnly.has(code)) {
    if (Object.hasOwn(errorTable, code)) return new CallError(code, message, details, again)
    const declared = call.spec.errorSchemas?.find((definition) => definition.code === code)
    if (declared) {
      const { httpStatus } = declared
      return new CallError(code, message, details, {
        ...again,
        ...(httpStatus !== undefined && { httpStatus }),
      })
    }
  }
  return new CallError('EXECUTION_ERROR', message, { code })
}

function retryAfterOf(event: CallErrorEvent & { readonly retryAfterMs?: unknown }): {
  readonly retryAfterMs?: number
} {
  const { retryAfterMs: ms } = event
  return typeof ms === 'number' && ms >= 0 && ms <= longestRetryAfterMs ? { retryAfterMs: ms } : {}
}
