import type { Socket } from 'node:net'
import type { ServerResponse } from 'node:http'
import { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { openaiError } from './openai-error.ts'
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

/** How an app writes errors: as a problem, or as OpenAI's clients read them. */
export type ErrorShape = 'problem' | 'openai'

/** Answers what Node's HTTP parser refuses in the shape of every other error of the app, and closes the connection. */
export function onClientError(
  error: Error & { readonly code?: string },
  socket: Socket,
  shape: ErrorShape,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable && !answerBegun(socket)) {
    const { status, phrase, code, message } = REFUSALS[error.code ?? ''] ?? MALFORMED
    const requestId = uuidv7()
    const refusal = new CodedError(code, message)
    const body = JSON.stringify(
      shape === 'openai'
        ? openaiError(Object.assign(refusal, { httpStatus: status }))
        : { ...problemOf(refusal, requestId), status },
    )
    const type = shape === 'openai' ? 'application/json; charset=utf-8' : PROBLEM_CONTENT_TYPE
    socket.write(
      `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `x-request-id: ${requestId}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroySoon()
}
