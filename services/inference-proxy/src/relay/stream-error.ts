import { parseJson } from '@alkdev/std'
import type { SecretScrubber } from '../redact/secret-scrubber.ts'
import { member } from '../usage/usage.ts'
import { keyRefused, UpstreamError } from './upstream-error.ts'

const MAX_MESSAGE_CHARACTERS = 1000

/** HTTP statuses of the errors that providers report in a stream, by their code or type. */
const STATUS: Readonly<Record<string, number>> = {
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  overloaded_error: 529,
  api_error: 502,
  server_error: 502,
  invalid_request_error: 400,
  invalid_prompt: 400,
  not_found_error: 404,
}

/** The error that an event of a stream reports. `data`: the parsed event. */
export function streamError(
  provider: string,
  data: unknown,
  scrubber: SecretScrubber,
): UpstreamError {
  const clean = cleaned(data, scrubber)
  const found = member(clean, 'error') ?? member(member(clean, 'response'), 'error') ?? clean
  const text = typeof found === 'string' ? found : member(found, 'message')
  const code = [member(found, 'code'), member(found, 'type')].find(
    (one): one is string => typeof one === 'string' && Object.hasOwn(STATUS, one),
  )
  const stated = member(found, 'code')
  if (stated === 'insufficient_quota') return keyRefused(provider, 429)
  const status = code === undefined ? 502 : (STATUS[code] ?? 502)
  const mayPass = status === 429 || status >= 500
  const message = `The provider ${provider} reported an error in its answer${
    typeof text === 'string' ? `: ${text.slice(0, MAX_MESSAGE_CHARACTERS)}` : '.'
  }`
  return new UpstreamError('UPSTREAM_ERROR', message, {
    status,
    next: mayPass ? 'target' : stated === 'context_length_exceeded' ? 'bigger' : 'none',
    isFault: status >= 500,
    mayRepeat: mayPass,
  })
}

/** The event without traces of the secret; undefined when it is not valid JSON without them. */
function cleaned(data: unknown, scrubber: SecretScrubber): unknown {
  try {
    return parseJson(scrubber.text(JSON.stringify(data ?? null)))
  } catch {
    return undefined
  }
}
