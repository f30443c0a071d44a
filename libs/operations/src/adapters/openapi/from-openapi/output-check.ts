import { acceptMismatch } from '../../../registry/output-mismatch.ts'
import type { ResponseEnvelope } from '../../../calls/response-envelope.ts'
import type { ValidationFailure } from '../../../schema/validation-failure.ts'
import { validationError } from '../../../schema/validation.ts'
import type { OperationPlan } from './operation-plan.ts'

/** An answer as data, with what was wrong with its text: data that could not be parsed is the text itself. */
export interface ReadAnswer {
  readonly envelope: ResponseEnvelope
  readonly faults: readonly ValidationFailure[]
  /** The data as the schema is to judge it, where that is not the data itself. */
  readonly judged?: unknown
}

/** Characters of an unreadable answer that an error carries. */
const MAX_BODY_CHARS = 16 * 1024

/**
 * The answer with a list of what does not fit the document in `meta.outputMismatch`: the service has done its work by now. Faults of the text are listed also where
 * the data is not checked. Throws CallError EXECUTION_ERROR with the status and an unreadable body if the configuration asks for errors.
 */
export function checkedAnswer(
  { config, output, label }: Pick<OperationPlan, 'config' | 'output' | 'label'>,
  { envelope, faults, judged = envelope.data }: ReadAnswer,
): ResponseEnvelope {
  const { checkOutput = 'warn' } = config
  if (checkOutput === false && faults.length === 0) return envelope
  const schema = checkOutput === false ? undefined : output
  const accepted = acceptMismatch(envelope, schema, faults, judged)
  const failures = accepted.meta['outputMismatch'] as readonly ValidationFailure[] | undefined
  if (failures === undefined || checkOutput === 'warn' || checkOutput === false) return accepted
  throw validationError(`The answer to ${label}`, failures, 'EXECUTION_ERROR', {
    status: envelope.meta['statusCode'],
    ...(faults.length > 0 &&
      typeof envelope.data === 'string' && { body: envelope.data.slice(0, MAX_BODY_CHARS) }),
  })
}
