import { parseJson } from '@alkdev/std'
import type { Provider } from '../providers/provider.ts'
import type { SecretScrubber } from '../redact/secret-scrubber.ts'
import { decodedBody, wholeBody } from './decoded-body.ts'
import { listOf, member } from '../usage/usage.ts'
import { badAnswer, keyRefused, UpstreamError } from './upstream-error.ts'
import type { UpstreamAnswer } from './whole-exchange.ts'

const MAX_ERROR_BYTES = 64 * 1024
const MAX_MESSAGE_CHARACTERS = 1000
/** The provider does not accept the key of the hub, or its account has no credit. The client's own key is valid. */
const ABOUT_OUR_KEY: ReadonlySet<number> = new Set([401, 402, 403, 407])

/** What a header may hold on the way to the client; other values would end the answer while its head is written. */
const HEADER_VALUE = /^[\x20-\x7e]{1,256}$/

/** Headers of a provider's answer that mean something to the client, without traces of the secret. */
export function passedHeaders(
  { headers }: Pick<UpstreamAnswer, 'headers'>,
  scrubber: SecretScrubber,
): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const name of ['retry-after', 'retry-after-ms', 'openai-processing-ms', 'openai-version']) {
    const value = headers[name]
    if (typeof value === 'string' && HEADER_VALUE.test(value)) passed[name] = scrubber.text(value)
  }
  const id = upstreamIdOf({ headers }, scrubber)
  if (id !== undefined) passed['x-alkhub-upstream-request-id'] = id
  return passed
}

/** The provider's own id of the request, without traces of the secret. */
export function upstreamIdOf(
  { headers }: Pick<UpstreamAnswer, 'headers'>,
  scrubber: SecretScrubber,
): string | undefined {
  const id = headers['x-request-id'] ?? headers['request-id']
  return typeof id === 'string' && HEADER_VALUE.test(id) ? scrubber.text(id) : undefined
}

/** An answer other than 2xx as an error. Reads the body as far as it is needed. */
export async function refusedAnswer(
  provider: Provider,
  answer: UpstreamAnswer,
  scrubber: SecretScrubber,
): Promise<UpstreamError> {
  const { statusCode: status } = answer
  if (ABOUT_OUR_KEY.has(status)) {
    answer.body.destroy()
    return keyRefused(provider.name, status)
  }
  if (status < 400 || status > 599) {
    answer.body.destroy()
    return new UpstreamError(
      'UPSTREAM_BAD_ANSWER',
      `The provider ${provider.name} answered ${status}, which is neither a result nor an error. Redirects are not followed.`,
      { status: 502, next: 'target', isFault: true, upstreamStatus: status },
    )
  }
  const own = await errorOf(answer, scrubber)
  if (status === 429 && codeOf(own) === 'insufficient_quota')
    return keyRefused(provider.name, status)
  if (status === 400 && isKeyInvalid(own)) return keyRefused(provider.name, status)
  const message = `The provider ${provider.name} answered ${status}${typeof own === 'string' ? `: ${own}` : '.'}`
  const mayPass = status === 408 || status === 429 || status >= 500
  const retryAfterMs = retryAfterOf(answer)
  return new UpstreamError('UPSTREAM_ERROR', message, {
    status,
    upstreamStatus: status,
    next: mayPass ? 'target' : isTooLong(status, own) ? 'bigger' : 'none',
    isFault: status >= 500,
    mayRepeat: mayPass,
    headers: passedHeaders(answer, scrubber),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(typeof own === 'object' && { body: own }),
  })
}

/** Milliseconds that a provider asks to wait; undefined when it does not say. */
function retryAfterOf({ headers }: Pick<UpstreamAnswer, 'headers'>): number | undefined {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (ms >= 0) return ms
  const text = headers['retry-after']
  if (typeof text !== 'string' || text === '') return undefined
  const seconds = Number(text)
  if (seconds >= 0) return seconds * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function codeOf(own: object | string | undefined): unknown {
  const error = member(own, 'error')
  return member(error, 'code') ?? member(error, 'type')
}

/** Google answers 400 to a wrong key. */
function isKeyInvalid(own: object | string | undefined): boolean {
  return listOf(member(member(own, 'error'), 'details')).some(
    (detail) => member(detail, 'reason') === 'API_KEY_INVALID',
  )
}

/** How providers say that the input does not fit into the window of the model. */
const TOO_LONG =
  /context[ _](?:length|window)|maximum context|prompt is too long|input is too long|too many tokens|exceeds the maximum number of tokens/i

function isTooLong(status: number, own: object | string | undefined): boolean {
  if (status !== 400 && status !== 413 && status !== 422) return false
  if (codeOf(own) === 'context_length_exceeded') return true
  const message = typeof own === 'string' ? own : member(member(own, 'error'), 'message')
  return typeof message === 'string' && TOO_LONG.test(message)
}

/** The provider's error in OpenAI's shape, or its message, or nothing when it has neither. */
async function errorOf(
  answer: UpstreamAnswer,
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
  { headers }: Pick<UpstreamAnswer, 'headers'>,
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
