import type { ProvidedCall } from '@alkdev/bus'
import { errorTable } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { CallErrorEvent, ErrorDefinition, JsonSchema } from '@alkdev/operations'
import { jsonBytes } from '../connection/payload-size.ts'
import { publicDetails, publicMessage, secretsOf } from './public-message.ts'

/** Codes that only the hub may use: they assert facts that a spoke can't know. */
const HUB_ONLY = new Set([
  'UNAUTHENTICATED',
  'OPERATION_NOT_FOUND',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_LOST',
  'OVERLOADED',
  'UNAVAILABLE',
])
/** Codes of errors that a handler threw: their messages were not written for callers. */
const THROWN = new Set(['EXECUTION_ERROR', 'UNKNOWN_ERROR'])
const MAX_RETRY_AFTER_MS = 86_400_000

export interface ErrorFrame {
  /** Length of the frame. */
  readonly bytes: number
  readonly maxPayloadBytes: number
}

/** Whether a value fits a schema of the spoke: synchronous, or after a thread has checked it. */
export type FitsSchema = (schema: JsonSchema, value: unknown) => boolean | Promise<boolean>

/**
 * The error that a spoke reports, as the caller receives it. Codes of the table that a spoke may use and those that its spec declares are kept; any other code is
 * EXECUTION_ERROR with the code in its details. Details that are too large are left out, and so is a `retryAfterMs` beyond a day. Details of a declared code are checked
 * as the library of spokes checks them: details of a code of the table that do not fit are left out, and a code of the spoke's own whose details do not fit is
 * EXECUTION_ERROR. The message is cleaned by `publicMessage`, and the secrets of the input are cut out of the details. Rejects as `fits` does.
 */
export function spokeError(
  event: CallErrorEvent,
  call: ProvidedCall,
  frame: ErrorFrame,
  fits: FitsSchema,
): CallError | Promise<CallError> {
  const { code } = event
  const secrets = secretsOf(call)
  const declared = call.spec.errorSchemas?.find((definition) => definition.code === code)
  const isKnown = declared !== undefined || Object.hasOwn(errorTable, code)
  if (HUB_ONLY.has(code) || !isKnown)
    return new CallError('EXECUTION_ERROR', publicMessage(event.message, secrets, true), { code })
  const isThrown = declared === undefined && THROWN.has(code)
  const message = publicMessage(event.message, secrets, isThrown)
  const { bytes, maxPayloadBytes } = frame
  const isSmall = bytes <= maxPayloadBytes || jsonBytes(event.details) <= maxPayloadBytes
  const details = isSmall ? publicDetails(event.details, secrets) : undefined
  if (declared?.schema === undefined || details === undefined)
    return errorOf({ ...event, message }, declared, details)
  const error = (isFitting: boolean): CallError =>
    isFitting
      ? errorOf({ ...event, message }, declared, details)
      : misfit({ ...event, message }, declared)
  const isFitting = fits(declared.schema as JsonSchema, details)
  return typeof isFitting === 'boolean' ? error(isFitting) : isFitting.then(error)
}

function misfit(event: CallErrorEvent, declared: Partial<ErrorDefinition>): CallError {
  const { code } = event
  if (Object.hasOwn(errorTable, code)) return errorOf(event, declared, undefined)
  return new CallError(
    'EXECUTION_ERROR',
    `The spoke reports ${code} with details that do not fit the schema that it declares for them.`,
    { code },
  )
}

function errorOf(
  event: CallErrorEvent,
  declared: Partial<ErrorDefinition> | undefined,
  details: unknown,
): CallError {
  const httpStatus = declared?.httpStatus
  return new CallError(event.code, event.message, details, {
    ...retryAfterOf(event),
    ...(httpStatus !== undefined && { httpStatus }),
  })
}

function retryAfterOf(event: CallErrorEvent & { readonly retryAfterMs?: unknown }): {
  readonly retryAfterMs?: number
} {
  const { retryAfterMs: ms } = event
  return typeof ms === 'number' && ms >= 0 && ms <= MAX_RETRY_AFTER_MS ? { retryAfterMs: ms } : {}
}
