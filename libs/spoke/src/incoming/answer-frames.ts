import { CodedError } from '@alkdev/errors'
import type { ResponseEnvelope } from '@alkdev/operations'
import { isNestedDeeper, isTextNestedDeeper, MAX_JSON_DEPTH } from '@alkdev/std'

const longestMessage = 2000
const longestCode = 64

/**
 * `call.responded` as text. Throws PAYLOAD_TOO_LARGE when the data is over the limit; EXECUTION_ERROR when it can't be written as JSON or
 * has more than 512 levels.
 */
export function respondedText(
  requestId: string,
  output: ResponseEnvelope,
  maxPayloadBytes: number,
  seq?: number,
): string {
  const payload = { requestId, output, ...(seq !== undefined && { seq }), timestamp: Date.now() }
  let text: string
  try {
    text = JSON.stringify({ type: 'call.responded', id: requestId, payload })
  } catch (cause) {
    const message = 'The answer cannot be written as JSON.'
    throw new CodedError('EXECUTION_ERROR', message, { cause })
  }
  const { data, meta } = output
  if (
    isTextNestedDeeper(text) &&
    [data, ...Object.values(meta)].some((part) => isNestedDeeper(part))
  )
    throw new CodedError(
      'EXECUTION_ERROR',
      `The answer is nested deeper than ${MAX_JSON_DEPTH} levels.`,
    )
  // No character has more than three bytes per unit of its length.
  if (text.length * 3 > maxPayloadBytes) {
    const bytes = Buffer.byteLength(JSON.stringify(output.data) ?? '')
    if (bytes > maxPayloadBytes)
      throw new CodedError(
        'PAYLOAD_TOO_LARGE',
        `The answer has ${bytes} bytes; ${maxPayloadBytes} are allowed.`,
      )
  }
  return text
}

/** `call.completed` as text. */
export function completedText(requestId: string, count: number): string {
  const payload = { requestId, count, timestamp: Date.now() }
  return JSON.stringify({ type: 'call.completed', id: requestId, payload })
}

/**
 * `call.error` as text. An invalid code or message is replaced, because the hub would close the socket. Details that can't be written, are
 * too large or nested too deep are omitted. Throws only what a getter of the error throws.
 */
export function errorText(requestId: string, error: CodedError, maxPayloadBytes: number): string {
  const { code, message, retryAfterMs } = toldOf(error)
  const { details } = error
  const timestamp = Date.now()
  const bare = {
    type: 'call.error',
    id: requestId,
    payload: { requestId, code, message, retryAfterMs, timestamp },
  }
  if (details !== undefined)
    try {
      const text = JSON.stringify({ ...bare, payload: { ...bare.payload, details } })
      if (Buffer.byteLength(text) <= maxPayloadBytes && !isTextNestedDeeper(text)) return text
    } catch {
      // Without the details the caller still gets code and message.
    }
  return JSON.stringify(bare)
}

/** The members of an error, of any class, that a frame may carry. */
function toldOf(error: CodedError): { code: string; message: string; retryAfterMs?: number } {
  const { code, message, retryAfterMs } = error as Readonly<Record<keyof CodedError, unknown>>
  const isCode = typeof code === 'string' && code !== '' && code.length <= longestCode
  return {
    code: isCode ? code : 'UNKNOWN_ERROR',
    message: typeof message === 'string' ? message.slice(0, longestMessage) : '',
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
  }
}
