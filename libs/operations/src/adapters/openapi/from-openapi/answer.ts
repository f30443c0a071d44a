import { JsonDepthError } from '@alkdev/std'
import { CallError } from '../../../calls/call-error.ts'
import { httpEnvelope } from '../../../calls/response-envelope.ts'
import { decodeText, isText } from './answer-text.ts'
import { parseIntegers } from './long-integers.ts'
import { kindOf } from './media-type.ts'
import type { OperationPlan } from './operation-plan.ts'
import type { ReadAnswer } from './output-check.ts'
import type { OpenAPISpec } from './types.ts'

export const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024

/** The headers, several values of one name as an array. */
export function headersOf(response: Response): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 1) headers['set-cookie'] = cookies
  return headers
}

/** The bytes of a body. Stops reading beyond the limit and throws CallError PAYLOAD_TOO_LARGE. */
export async function readBytes(response: Response, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): CallError =>
    new CallError('PAYLOAD_TOO_LARGE', `The answer has more than ${maxBytes} bytes.`, {
      maxBytes,
      status: response.status,
    })
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

/** The part of an error's body that its details need; never throws. */
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
    // The received part is still useful.
  }
  return decodeText(Buffer.concat(chunks), response.headers.get('content-type') ?? '')
}

/**
 * An answer as data: JSON parsed, text as a string, anything else in base64 (`meta.encoding` says so), an empty one null. The content type
 * of the answer decides, and where it is absent or says less than the document, the document: JSON is often sent without a type, or with
 * one that only its vendor knows. A body that is declared as JSON but is not JSON is returned as text and reported in `faults`, because the
 * service has done its work.
 */
export function readAnswer(
  response: Response,
  bytes: Buffer,
  { spec, answer }: Pick<OperationPlan, 'spec' | 'answer'>,
): ReadAnswer {
  const contentType = response.headers.get('content-type') ?? ''
  const meta = { statusCode: response.status, headers: headersOf(response), contentType }
  const as = (data: unknown): ReadAnswer => ({ envelope: httpEnvelope(data, meta), faults: [] })
  if (bytes.length === 0) return as(null)
  const kind = contentType.trim() === '' ? 'binary' : kindOf(contentType)
  const text = (): string => decodeText(bytes, contentType)
  if (kind === 'json') {
    const { data, ...read } = readJson(spec, answer.documented, text())
    return { envelope: httpEnvelope(data, meta), ...read }
  }
  const expected = answer.kinds.has(kind)
  if (!expected && (answer.kinds.has('json') || contentType === '')) {
    const { data, ...read } = readJson(spec, answer.documented, text())
    if (read.faults.length === 0) return { envelope: httpEnvelope(data, meta), ...read }
  }
  const isKnown = kind === 'text' || kind === 'events' || kind === 'form'
  if (isKnown || (!expected && contentType === '' && answer.kinds.has('text') && isText(bytes)))
    return as(text())
  const { data, meta: added } = httpEnvelope(bytes.toString('base64'), meta)
  return { envelope: { data, meta: { ...added, encoding: 'base64' } }, faults: [] }
}

/** The value of JSON text; text that is not JSON, or is nested too deeply, as it is, with that as a fault. */
export function readJson(
  spec: OpenAPISpec,
  documented: readonly unknown[],
  text: string,
): { readonly data: unknown; readonly judged?: unknown; readonly faults: ReadAnswer['faults'] } {
  try {
    return { ...parseIntegers(spec, documented, text), faults: [] }
  } catch (error) {
    const message =
      error instanceof JsonDepthError
        ? `is nested deeper than ${error.maxDepth} levels and is returned as text`
        : 'is not JSON and is returned as text'
    return { data: text, faults: [{ path: '', message }] }
  }
}
