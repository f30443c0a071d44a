import { compact, parseJson } from '@alkdev/std'
import { CallError } from '../../../calls/call-error.ts'
import { abortError } from '../../../calls/abort-error.ts'
import { codedCause, failureCode, wasNeverSent } from '../../never-sent.ts'
import { redact } from './security.ts'

/** Characters of an error answer's body that its CallError carries. */
const MAX_BODY_CHARS = 16 * 1024
const TOLD_HEADERS = ['content-type', 'retry-after', 'x-request-id', 'request-id']

/**
 * The answer to a request that went wrong: RATE_LIMITED (with the time to wait) for 429, else EXECUTION_ERROR. `details` has status, statusText, body (parsed where
 * it is JSON, at most 16 Ki characters) and the headers that help; none of the credentials that were sent, should the service repeat them.
 */
export function statusError(
  operation: string,
  response: Response,
  body: string,
  secrets: readonly string[],
): CallError {
  const { status } = response
  const statusText = redact(response.statusText, secrets)
  const text = redact(body, secrets).slice(0, MAX_BODY_CHARS)
  const headers = Object.fromEntries(
    TOLD_HEADERS.flatMap((name) => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, redact(value, secrets)]]
    }),
  )
  const wait = retryAfterMs(response.headers.get('retry-after'))
  return new CallError(
    status === 429 ? 'RATE_LIMITED' : 'EXECUTION_ERROR',
    `HTTP ${status}${statusText === '' ? '' : ` ${statusText}`}: the answer to ${operation}.`,
    {
      status,
      statusText,
      headers,
      ...(text !== '' && { body: parsed(text, response.headers.get('content-type')) }),
      ...(body.length > MAX_BODY_CHARS && { truncated: true }),
    },
    wait === undefined ? {} : { retryAfterMs: wait },
  )
}

function parsed(text: string, contentType: string | null): unknown {
  if (!/\bjson\b/i.test(contentType ?? '')) return text
  try {
    return parseJson(text)
  } catch {
    return text
  }
}

/** Seconds or an HTTP date, as milliseconds from now. */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

/**
 * What made `fetch` or the reading of an answer fail: the abort's own reason; PROVIDER_UNAVAILABLE when no connection came about (nothing ran); else PROVIDER_LOST
 * with an unknown outcome.
 */
export function transportError(operation: string, error: unknown, signal: AbortSignal): CallError {
  if (signal.aborted) return abortError(signal)
  if (error instanceof CallError) return error
  const coded = codedCause(error)
  if (coded !== undefined) return CallError.from(coded)
  const code = failureCode(error)
  if (wasNeverSent(error))
    return new CallError(
      'PROVIDER_UNAVAILABLE',
      `The service of ${operation} cannot be reached${code === undefined ? '' : ` (${code})`}.`,
      code === undefined ? {} : { reason: code },
      { cause: error },
    )
  return new CallError(
    'PROVIDER_LOST',
    `The connection to the service of ${operation} broke.`,
    { outcome: 'unknown', ...compact({ reason: code }) },
    { cause: error },
  )
}
