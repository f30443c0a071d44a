import { compact } from '@alkdev/std'
import { CallError } from '../../../calls/call-error.ts'
import { abortError } from '../../../calls/abort-error.ts'
import { codedCause, failureCode, wasNeverSent } from '../../never-sent.ts'
import type { MCPContentBlock } from '../../../calls/response-envelope.ts'

/** Characters of a tool's error text in a message. */
const MAX_MESSAGE_CHARS = 2000
const MAX_DETAIL_CHARS = 16 * 1024

export interface ToolPlace {
  readonly serverName: string
  readonly toolName: string
}

/** The error of a tool that reports a failure: EXECUTION_ERROR with the text of the tool as its message. */
export function toolError(place: ToolPlace, blocks: readonly MCPContentBlock[]): CallError {
  const texts = blocks.map((block) => (block.type === 'text' ? block.text : JSON.stringify(block)))
  const text = texts.join('; ').slice(0, MAX_MESSAGE_CHARS)
  const fits = JSON.stringify(blocks).length <= MAX_DETAIL_CHARS
  return new CallError('EXECUTION_ERROR', text === '' ? 'The tool failed.' : text, {
    ...place,
    isError: true,
    ...(fits && { content: blocks }),
  })
}

/** Nothing was sent. */
export function notConnected(
  place: { readonly serverName: string; readonly toolName?: string },
  cause?: unknown,
): CallError {
  return new CallError(
    'PROVIDER_UNAVAILABLE',
    `The MCP server ${place.serverName} is not connected.`,
    place,
    cause === undefined ? {} : { cause },
  )
}

const INVALID_PARAMS = -32_602

/** Answers that are not those of an MCP server, by the code of the SDK. */
const WRONG_ANSWERS: Readonly<Record<string, string>> = {
  INVALID_RESULT: 'gave an answer that MCP does not allow.',
  UNSUPPORTED_RESULT_TYPE: 'gave an answer of a kind that is not known.',
  LIST_PAGINATION_EXCEEDED: 'has a list of more pages than are read.',
}

/**
 * Converts an error of the SDK: an abort keeps its reason; a time-out is TIMEOUT; a missing connection PROVIDER_UNAVAILABLE, one that ended
 * during the call PROVIDER_LOST (outcome unknown); the server's refusal of parameters VALIDATION_ERROR; every other answer of the protocol
 * EXECUTION_ERROR with its code in `details.rpcCode`, and one that is not of the protocol with `details.reason` `protocol`.
 */
export function protocolError(
  place: { readonly serverName: string; readonly toolName?: string },
  error: unknown,
  signal: AbortSignal | undefined,
): CallError {
  if (signal?.aborted === true) return abortError(signal)
  if (error instanceof CallError) return error
  const coded = codedCause(error)
  if (coded !== undefined) return CallError.from(coded)
  const { code, status } = codesOf(error)
  const server = `The MCP server ${place.serverName}`
  const options = { cause: error }
  if (code === 'REQUEST_TIMEOUT')
    return new CallError('TIMEOUT', `${server} did not answer in time.`, place, options)
  if (code === 'CONNECTION_CLOSED')
    return new CallError(
      'PROVIDER_LOST',
      `${server} closed the connection.`,
      { ...place, outcome: 'unknown' },
      options,
    )
  if (code === 'NOT_CONNECTED' || code === 'SEND_FAILED' || code === 'ENOENT')
    return notConnected(place, error)
  const wrong = typeof code === 'string' ? WRONG_ANSWERS[code] : undefined
  if (wrong !== undefined)
    return new CallError(
      'EXECUTION_ERROR',
      `${server} ${wrong}`,
      { ...place, reason: 'protocol' },
      options,
    )
  if (typeof code === 'number') {
    const message = error instanceof Error ? error.message.slice(0, MAX_MESSAGE_CHARS) : ''
    return new CallError(
      code === INVALID_PARAMS ? 'VALIDATION_ERROR' : 'EXECUTION_ERROR',
      `${server} refuses: ${message}`,
      { ...place, rpcCode: code },
      options,
    )
  }
  if (status !== undefined)
    return new CallError(
      'EXECUTION_ERROR',
      `${server} answers HTTP ${status}.`,
      { ...place, status },
      options,
    )
  const reason = failureCode(error)
  const details = { ...place, ...compact({ reason }) }
  if (wasNeverSent(error))
    return new CallError(
      'PROVIDER_UNAVAILABLE',
      `${server} cannot be reached${reason === undefined ? '' : ` (${reason})`}.`,
      details,
      options,
    )
  if (error instanceof TypeError || typeof code === 'string')
    return new CallError(
      'PROVIDER_LOST',
      `The connection to the MCP server ${place.serverName} broke.`,
      { ...details, outcome: 'unknown' },
      options,
    )
  return new CallError('EXECUTION_ERROR', `${server} could not be used.`, place, options)
}

/** The SDK's errors are distinguished by their codes: numbers come from the server, words from the SDK or the system. */
function codesOf(error: unknown): {
  code: string | number | undefined
  status: number | undefined
} {
  let code: string | number | undefined
  let status: number | undefined
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; depth++) {
    const found = at as { code?: unknown; status?: unknown }
    if (code === undefined && (typeof found.code === 'string' || typeof found.code === 'number'))
      code = found.code
    if (status === undefined && typeof found.status === 'number') status = found.status
    at = at.cause
  }
  return { code: status === undefined || typeof code === 'number' ? code : undefined, status }
}
