import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import { RateLimiter } from './rate-limiter.ts'
import type { RateState } from './rate-limiter.ts'
import type { CommonConfig, ServiceRuntime } from './service-runtime.ts'

/** `plain`: `x-ratelimit-limit`, `-remaining`, `-reset` (seconds). `openai`: as OpenAI's clients read them. */
export type RateLimitHeaders = 'plain' | 'openai'

function headersOf(state: RateState, style: RateLimitHeaders): Readonly<Record<string, string>> {
  const resetSeconds = Math.ceil(state.resetMs / 1000)
  if (style === 'plain') {
    return {
      'x-ratelimit-limit': String(state.limit),
      'x-ratelimit-remaining': String(state.remaining),
      'x-ratelimit-reset': String(resetSeconds),
    }
  }
  return {
    'x-ratelimit-limit-requests': String(state.limit),
    'x-ratelimit-remaining-requests': String(state.remaining),
    'x-ratelimit-reset-requests': `${resetSeconds}s`,
  }
}

function refusal({ of, limit, retryAfterMs }: RateState): CodedError {
  return new CodedError(
    'RATE_LIMITED',
    `The ${of} is over its limit of ${limit} requests a minute.`,
    {
      details: { of, limit },
      retryAfterMs: Math.max(1, retryAfterMs),
    },
  )
}

/**
 * Counts every request of the scope against the limits of its key, account and organizations (`limits.requestsPerMinute`), tells them in
 * headers, and refuses with RATE_LIMITED and `Retry-After` what is over one. Nothing is added when no limit is set. Register it after
 * `authenticatePlugin`.
 */
export function addRateLimit(
  app: HttpApp,
  runtime: Pick<ServiceRuntime, 'redis' | 'logger' | 'metrics'> & {
    readonly config: Pick<CommonConfig, 'limits' | 'redis'>
  },
  style: RateLimitHeaders = 'plain',
): void {
  const { config, logger, metrics, redis } = runtime
  const { requestsPerMinute: limits } = config.limits
  if (limits.key === 0 && limits.account === 0 && limits.organization === 0) return
  const refused = metrics.counter(
    'alkhub_rate_limited_total',
    'Requests refused for a rate limit, by what is over it.',
  )
  const unasked = metrics.counter(
    'alkhub_rate_limit_failures_total',
    'Times that Redis could not say how many requests there were; requests were let through.',
  )
  const limiter = new RateLimiter({
    redis,
    prefix: config.redis.prefix,
    limits,
    onError(error) {
      unasked.inc()
      logger.warn({ err: error }, 'requests are not limited: Redis can not be asked')
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    const state = await limiter.take(request.identity)
    if (state === undefined) return
    reply.headers(headersOf(state, style))
    if (state.allowed) return
    refused.inc(1, { of: state.of })
    throw refusal(state)
  })
}
