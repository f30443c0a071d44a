import { anthropicErrorType } from '@alkdev/http'
import { member } from '../usage/usage.ts'
import type { RunningCall } from './relay.ts'
import { UpstreamError } from './upstream-error.ts'

/**
 * Sends the failure of a call whose answer has no content yet: as an event if the head of the answer is sent, else with its status. The own
 * error of a provider is sent in its words, in the shape of the protocol. Throws what is to be sent as an error of the hub.
 */
export function sendFailure(
  { answer, reply, endpoint, request }: RunningCall,
  failure: unknown,
): void {
  if (answer.isBegun) {
    answer.cut(failure)
    return
  }
  if (!(failure instanceof UpstreamError)) throw failure
  reply.headers(failure.headers)
  const { body, httpStatus } = failure
  if (body === undefined) throw failure
  const shaped =
    endpoint.protocol === 'messages' ? messagesError(body, httpStatus, request.id) : body
  reply.code(httpStatus).type('application/json').send(shaped)
}

/** An error `{error: {message, ...}}` as Anthropic's clients read it. */
function messagesError(body: object, status: number, requestId: string): object {
  const error = member(body, 'error')
  const [type, message] = [member(error, 'type'), member(error, 'message')]
  return {
    type: 'error',
    error: {
      type: typeof type === 'string' ? type : anthropicErrorType(status),
      message: typeof message === 'string' ? message : '',
    },
    request_id: requestId,
  }
}
