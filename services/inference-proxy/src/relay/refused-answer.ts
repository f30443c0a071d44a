import { parseJson } from '@alkdev/std'
import type { Dispatcher } from 'undici'
import type { Provider } from '../providers/provider.ts'
import type { SecretScrubber } from '../redact/secret-scrubber.ts'
import { decodedBody, wholeBody } from './decoded-body.ts'
import { badAnswer, UpstreamError } from './upstream-error.ts'

const MAX_ERROR_BYTES = 64 * 1024
const MAX_MESSAGE_CHARACTERS = 1000
/** The provider does not accept what the hub shows it: the client's own key is good. */
const ABOUT_OUR_KEY: ReadonlySet<number> = new Set([401, 403, 407])

/** What a header may hold on the way to the client; other values would end the answer while its head is written. */
const HEADER_VALUE = /^[\x20-\x7e]{1,256}$/

/** Headers of a provider's answer that mean something to the client, without traces of the secret. */
export function passedHeaders(
  { headers }: Dispatcher.ResponseData,
  scrubber: SecretScrubber,
): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const name of ['retry-after', 'retry-after-ms', 'openai-processing-ms', 'openai-version']) {
    const value = headers[name]
    if (typeof value === 'string' && HEADER_VALUE.test(value)) passed[name] = scrubber.text(value)
  }
  return passed
}

/** An answer other than 2xx as an error. Reads the body as far as it is needed. */
export async function refusedAnswer(
  provider: Provider,
  answer: Dispatcher.ResponseData,
  scrubber: SecretScrubber,
): Promise<UpstreamError> {
  const { statusCode: status } = answer
  if (ABOUT_OUR_KEY.has(status)) {
    answer.body.destroy()
    return new UpstreamError(
      'UPSTREAM_AUTH_FAILED',
      `The provider ${provider.name} did not accept the hub's key. The account that manages this provider must check its secret.`,
      { status: 502, failover: true },
    )
  }
  if (status < 400 || status > 599) {
    answer.body.destroy()
    return new UpstreamError(
      'UPSTREAM_BAD_ANSWER',
      `The provider ${provider.name} answered ${status}, which is neither a result nor an error. Redirects are not followed.`,
      { status: 502, failover: true },
    )
  }
  const own = await errorOf(answer, scrubber)
  const message = `The provider ${provider.name} answered ${status}${typeof own === 'string' ? `: ${own}` : '.'}`
  return new UpstreamError('UPSTREAM_ERROR', message, {
    status,
    failover: status === 429 || status >= 500,
    headers: passedHeaders(answer, scrubber),
    ...(typeof own === 'object' && { body: own }),
  })
}

/** The provider's error in OpenAI's shape, or its message, or nothing when it has neither. */
async function errorOf(
  answer: Dispatcher.ResponseData,
  scrubber: SecretScrubber,
): Promise<object | string | undefined> {
  const body = decodedBody(answer)
  const bytes = await (body && wholeBody(body, MAX_ERROR_BYTES))?.catch(() => undefined)
  answer.body.destroy()
  if (bytes === undefined) return undefined
  let parsed: unknown
  try {
    parsed = parseJson(scrubber.text(bytes.toString()))
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { error, message, detail } = parsed as Record<string, unknown>
  if (typeof error === 'object' && error !== null && 'message' in error) return { error }
  const text = [error, message, detail].find((one) => typeof one === 'string')
  return text?.slice(0, MAX_MESSAGE_CHARACTERS)
}

/** Throws when a 2xx answer is not of the kind that was asked for: a web page, JSON for a stream, a stream for JSON. */
export function checkContentType(
  provider: Provider,
  { headers }: Dispatcher.ResponseData,
  stream: boolean,
): void {
  const type = String(headers['content-type'] ?? '')
    .split(';', 1)[0]
    ?.trim()
    .toLowerCase()
  const fits = stream
    ? type === 'text/event-stream'
    : !type || /^application\/(?:.*\+)?json$/.test(type)
  if (fits) return
  throw badAnswer(
    provider.name,
    stream
      ? 'answered with something else than an event stream'
      : 'answered with something else than JSON',
  )
}
