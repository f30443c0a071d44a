import type { ServerResponse } from 'node:http'

interface Failure {
  readonly status: number
  readonly code?: string
  readonly message?: string
  readonly retryAfterS?: number
}

/** Answers with a status and an error in the form of OpenAI. */
export function sendFailure(
  response: ServerResponse,
  { status, code, message = `The script answers ${status}.`, retryAfterS }: Failure,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
  })
  const type = status < 500 ? 'invalid_request_error' : 'server_error'
  const error = {
    message,
    type: status === 429 ? 'rate_limit_error' : type,
    code: code ?? null,
    param: null,
  }
  response.end(JSON.stringify({ error }))
}
