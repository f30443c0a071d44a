import { DEFAULT_TIMEOUT_MS } from '../../../calls/call-limits.ts'
import type { CallError } from '../../../calls/call-error.ts'
import type { ResponseEnvelope } from '../../../calls/response-envelope.ts'
import type { OperationContext } from '../../../registry/types.ts'
import { DEFAULT_MAX_RESPONSE_BYTES, readAnswer, readBytes, readSome } from './answer.ts'
import { statusError, transportError } from './http-error.ts'
import type { OperationPlan } from './operation-plan.ts'
import { checkedAnswer } from './output-check.ts'
import { prepareRequest } from './request.ts'
import { send } from './send.ts'
import { TimeLimit } from './time-limit.ts'

type Input = Readonly<Record<string, unknown>>

/** Bytes of an error's body that are read. */
const MAX_ERROR_BYTES = 64 * 1024

/** One call: one request and its answer. Rejects with CallError; an abort or the deadline cancels the request. */
export async function callOperation(
  plan: OperationPlan,
  input: Input,
  context: OperationContext,
): Promise<ResponseEnvelope> {
  const { config, label } = plan
  const limit = new TimeLimit(context, label)
  limit.allow(config.timeout ?? DEFAULT_TIMEOUT_MS)
  try {
    const request = prepareRequest(plan.request, input, config, await plan.authorize())
    const response = await send(request, config, limit.signal)
    if (!response.ok) throw await failure(label, response, request.secrets)
    const bytes = await readBytes(response, config.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES)
    return checkedAnswer(plan, readAnswer(response, bytes, plan))
  } catch (error) {
    throw transportError(label, error, limit.signal)
  } finally {
    limit.end()
  }
}

/** The error of an answer that is not a success. */
export async function failure(
  label: string,
  response: Response,
  secrets: readonly string[],
): Promise<CallError> {
  return statusError(label, response, await readSome(response, MAX_ERROR_BYTES), secrets)
}
