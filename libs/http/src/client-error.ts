import type { Socket } from 'node:net'
import type { ServerResponse } from 'node:http'
import { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { PROBLEM_CONTENT_TYPE, problemOf } from './problem.ts'

interface Refusal {
  readonly status: number
  readonly phrase: string
  readonly code: string
  readonly message: string
}

const MALFORMED: Refusal = {
  status: 400,
  phrase: 'Bad Request',
  code: 'VALIDATION_ERROR',
  message: 'The request is not well-formed HTTP.',
}

/** By the code of Node's HTTP parser. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    phrase: 'Request Header Fields Too Large',
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The address and the headers of the request are over the limit.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    phrase: 'Payload Too Large',
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The chunk extensions of the body are over the limit.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    phrase: 'Request Timeout',
    code: 'TIMEOUT',
    message: 'The request did not arrive in time.',
  },
}

/** Whether an answer on this connection has begun, so that another one would be read as a part of it. */
function answerBegun(socket: Socket): boolean {
  const { _httpMessage: answer } = socket as Socket & { readonly _httpMessage?: ServerResponse }
  return answer?.headersSent === true
}

/** Answers what Node's HTTP parser refuses with a problem, as every other error, and closes the connection. */
export function onClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable && !answerBegun(socket)) {
    const { status, phrase, code, message } = REFUSALS[error.code ?? ''] ?? MALFORMED
    const requestId = uuidv7()
    const problem = { ...problemOf(new CodedError(code, message), requestId), status }
    const body = JSON.stringify(problem)
    socket.write(
      `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `x-request-id: ${requestId}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroySoon()
}
