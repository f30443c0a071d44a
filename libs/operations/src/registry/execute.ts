import { abortError } from '../calls/abort-error.ts'
import { CallError } from '../calls/call-error.ts'
import { outputFailures, withoutUndefined } from '../calls/json-output.ts'
import { mapError } from '../calls/map-error.ts'
import { isMismatchAccepted } from './output-mismatch.ts'
import type { Registered } from './registered.ts'
import { isResponseEnvelope, localEnvelope } from '../calls/response-envelope.ts'
import type { ResponseEnvelope } from '../calls/response-envelope.ts'
import { takeTrust } from './trust.ts'
import type { OperationContext, OperationHandler } from './types.ts'
import { validationError } from '../schema/validation.ts'

/**
 * Access by scopes, the input, access by the resource that the input names: in this order. Members of the input that are `undefined` count
 * as absent, as they do for a caller on the other side of a connection. Throws CallError.
 */
export function admit(entry: Registered, input: unknown, context: OperationContext): void {
  const guarded = !takeTrust(context, entry.id) && entry.access.guarded
  const signal = context.signal
  if (signal?.aborted === true) throw abortError(signal)
  if (context.deadline !== undefined && context.deadline <= Date.now())
    throw new CallError('TIMEOUT', `The time for ${entry.id} was over before it started.`, {
      deadline: context.deadline,
    })
  if (guarded) entry.access.enforceScopes(context.identity, entry.id)
  const written = withoutUndefined(input)
  if (!entry.input.check(written))
    throw validationError(`The input of ${entry.id}`, entry.input.errors(written))
  if (guarded) entry.access.enforceResource(context.identity, entry.id, input)
}

/**
 * Runs a query or mutation. Not an async function, so that a handler that answers at once costs one promise.
 * The output must fit its schema: it is checked and passed on as it is, never changed to fit.
 */
export function executeEntry(
  entry: Registered,
  input: unknown,
  context: OperationContext,
): Promise<ResponseEnvelope> {
  try {
    admit(entry, input, context)
    const handler = entry.handler as OperationHandler
    const result = handler(input, context)
    if (isThenable(result))
      return result.then(
        (output) => readEnvelope(entry, output, context),
        (error: unknown) => {
          throw handlerError(entry, error, context)
        },
      )
    return Promise.resolve(envelopeOf(entry, result))
  } catch (error) {
    return Promise.reject(handlerError(entry, error, context))
  }
}

/** As `envelopeOf`, but an exception while reading the output (a getter, a revoked proxy) becomes a coded error. */
function readEnvelope(
  entry: Registered,
  output: unknown,
  context: OperationContext,
): ResponseEnvelope {
  try {
    return envelopeOf(entry, output)
  } catch (error) {
    throw handlerError(entry, error, context)
  }
}

/**
 * The envelope that the handler made, or a new one around its output; a handler that returns nothing gives null. Throws CallError
 * EXECUTION_ERROR if the output does not fit its schema or is not JSON data: a caller in this process gets the same result as a remote
 * caller.
 */
export function envelopeOf(entry: Registered, output: unknown): ResponseEnvelope {
  const envelope = withData(isResponseEnvelope(output) ? output : localEnvelope(output, entry.id))
  if (isMismatchAccepted(envelope)) return envelope
  const failures = outputFailures(envelope.data, entry.output)
  if (failures === undefined) return envelope
  throw validationError(`The output of ${entry.id}`, failures, 'EXECUTION_ERROR')
}

function withData(envelope: ResponseEnvelope): ResponseEnvelope {
  return envelope.data === undefined ? { ...envelope, data: null } : envelope
}

/** After an abort the caller gets the reason of the abort, whatever the handler threw. */
export function handlerError(
  entry: Registered,
  error: unknown,
  context: OperationContext,
): CallError {
  const signal = context.signal
  if (signal?.aborted === true && (error === signal.reason || isAbortError(error)))
    return abortError(signal)
  return mapError(error, entry.spec.errorSchemas)
}

function isAbortError(error: unknown): boolean {
  try {
    return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
  } catch {
    return false
  }
}

function isThenable(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
