import { CallError } from '../calls/call-error.ts'
import type { ResponseEnvelope } from '../calls/response-envelope.ts'
import type { ValidationFailure } from '../schema/validation-failure.ts'
import type { Validator } from '../schema/validator.ts'

/** Maximum failures that `meta.outputMismatch` lists. */
const MAX_LISTED = 20

/** Envelopes whose data their handler has checked. */
const checked = new WeakSet<ResponseEnvelope>()

/**
 * For adapters to outside services: what of the data (or of `judged`, which stands for it) does not fit the schema, after the `faults` that
 * the adapter has found itself, is listed in `meta.outputMismatch`, and the registry returns the answer as it is. The service has done what
 * was asked by then, so that an error would say the wrong thing.
 */
export function acceptMismatch(
  envelope: ResponseEnvelope,
  output: Validator | undefined,
  faults: readonly ValidationFailure[] = [],
  judged: unknown = envelope.data,
): ResponseEnvelope {
  const failures = [...faults, ...(output === undefined ? [] : failuresOf(judged, output))].slice(
    0,
    MAX_LISTED,
  )
  const accepted: ResponseEnvelope =
    failures.length === 0
      ? envelope
      : { data: envelope.data, meta: { ...envelope.meta, outputMismatch: failures } }
  checked.add(accepted)
  return accepted
}

/** Whether `acceptMismatch` has checked this very envelope. */
export function isMismatchAccepted(envelope: ResponseEnvelope): boolean {
  return checked.has(envelope)
}

function failuresOf(data: unknown, output: Validator): ValidationFailure[] {
  try {
    return output.check(data) ? [] : output.errors(data)
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    return [{ path: '', message: error.message }]
  }
}
