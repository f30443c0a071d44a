import { JsonDepthError, parseJson } from '@alkdev/std'
import { CallError } from '../call-error.ts'
import { httpEnvelope } from '../response-envelope.ts'
import type { ResponseEnvelope } from '../response-envelope.ts'
import { kindOf } from './media-type.ts'

export const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024

/** The headers, several values of one name as an array. */
export function headersOf(response: Response): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 1) headers['set-cookie'] = cookies
  return headers
}

/** The bytes of a body. Throws CallError PAYLOAD_TOO_LARGE and stops reading when there are more. */
export async function readBytes(response: Response, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): CallError =>
    new CallError('PAYLOAD_TOO_LARGE', `The answer has more than ${maxBytes} bytes.`, { maxBytes })
  if (response.body === null) return Buffer.alloc(0)
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body.cancel()
    throw tooLarge()
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop cancels the body.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** At most so much of an error's body as its details need; never throws. */
export async function readSome(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk)
      bytes += chunk.byteLength
      if (bytes >= maxBytes) break
    }
  } catch {
    // What has arrived is still worth telling.
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * An answer as data: JSON parsed, text as a string, anything else in base64 (`meta.encoding` says so), an empty one null.
 * Throws CallError EXECUTION_ERROR for JSON that is none.
 */
export function answerEnvelope(
  response: Response,
  bytes: Buffer,
  operation: string,
): ResponseEnvelope {
  const contentType = response.headers.get('content-type') ?? ''
  const meta = { statusCode: response.status, headers: headersOf(response), contentType }
  if (bytes.length === 0) return httpEnvelope(null, meta)
  const kind = contentType === '' ? 'binary' : kindOf(contentType)
  if (kind === 'json') return httpEnvelope(readJson(bytes, operation), meta)
  if (kind === 'text' || kind === 'events' || kind === 'form')
    return httpEnvelope(bytes.toString('utf8'), meta)
  const { data, meta: told } = httpEnvelope(bytes.toString('base64'), meta)
  return { data, meta: { ...told, encoding: 'base64' } }
}

function readJson(bytes: Buffer, operation: string): unknown {
  try {
    return parseJson(bytes.toString('utf8').replace(/^\uFEFF/, ''))
  } catch (cause) {
    const what =
      cause instanceof JsonDepthError
        ? `is nested deeper than ${cause.maxDepth} levels`
        : 'is not JSON'
    throw new CallError('EXECUTION_ERROR', `The answer to ${operation} ${what}.`, undefined, {
      cause,
    })
  }
}
