import { acceptMismatch } from '../../../registry/output-mismatch.ts'
import type { ResponseEnvelope } from '../../../calls/response-envelope.ts'
import type { OperationPlan } from './operation-plan.ts'

/** The answer, with a list of what does not fit the document where it is to be reported and not refused. */
export function checkedAnswer(
  { config, output }: Pick<OperationPlan, 'config' | 'output'>,
  envelope: ResponseEnvelope,
): ResponseEnvelope {
  const { checkOutput = 'warn' } = config
  return output === undefined || checkOutput !== 'warn'
    ? envelope
    : acceptMismatch(envelope, output)
}
