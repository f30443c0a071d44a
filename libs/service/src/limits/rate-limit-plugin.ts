import type { Authenticated } from '@alkdev/contracts'
import type { HttpApp } from '@alkdev/http'
import type { BucketState } from './limit-script.ts'
import { RateLimiter } from './rate-limiter.ts'
import type { RateState } from './rate-limiter.ts'
import { METRICS } from '../telemetry/metric-definitions.ts'
import type { CommonConfig, ServiceRuntime } from '../start/service-runtime.ts'

/** `plain`: `x-ratelimit-limit`, `-remaining`, `-reset` (seconds). `openai`: as OpenAI's clients read them. */
export type RateLimitHeaders = 'plain' | 'openai'

type Headers = Record<string, string>

interface ReplyHeaders {
  headers(values: Headers): unknown
}

const seconds = (ms: number): number => Math.ceil(ms / 1000)

function minuteHeaders(state: BucketState, style: RateLimitHeaders): Headers {
  const resetSeconds = seconds(state.resetMs)
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

const WINDOW_SECONDS = { minute: ';w=60', day: ';w=86400', month: '' } as const

/** The tightest limit of each window by the fields of draft-ietf-httpapi-ratelimit-headers-10. A month has no fixed length, so no `w`. */
function headersOf({ tightest }: RateState, style: RateLimitHeaders): Headers {
  const states = Object.values(tightest)
  const name = ({ of, window }: BucketState): string => `"${of}-${window}"`
  return {
    ...(tightest.minute && minuteHeaders(tightest.minute, style)),
    'ratelimit-policy': states
      .map((state) => `${name(state)};q=${state.limit}${WINDOW_SECONDS[state.window]}`)
      .join(', '),
    ratelimit: states
      .map((state) => `${name(state)};r=${state.remaining};t=${seconds(state.resetMs)}`)
      .join(', '),
  }
}

type Runtime = Pick<ServiceRuntime, 'redis' | 'logger' | 'metrics'> & {
  readonly config: Pick<CommonConfig, 'limits' | 'redis'>
}

/** The rate limiter of a service. A service makes one, because each limiter keeps its own state of whether Redis answers. */
export function createRateLimiter({ config, logger, metrics, redis }: Runtime): RateLimiter {
  const failures = metrics.counter(METRICS.rateLimitFailures)
  return new RateLimiter({
    redis,
    prefix: config.redis.prefix,
    limits: config.limits,
    onError(error) {
      failures.inc()
      logger.warn({ err: error }, 'requests are not limited: Redis does not answer')
    },
    onRefused: ({ of, window }) => metrics.counter(METRICS.rateLimited, of, window).inc(),
  })
}

/**
 * Counts every request of the scope against the limits of its key, account and organizations, reports them in headers, and refuses with
 * RATE_LIMITED and `Retry-After` those over a limit. Has no cost and adds no header where no limit is set. Register it after
 * `authenticatePlugin`.
 */
export function addRateLimit(
  app: HttpApp,
  limiter: RateLimiter,
  style: RateLimitHeaders = 'plain',
): void {
  const count = async (authenticated: Authenticated, reply: ReplyHeaders): Promise<void> => {
    const state = await limiter.take(authenticated)
    if (state === undefined) return
    reply.headers(headersOf(state, style))
    if (state.refusedBy !== undefined) throw limiter.refuse(state.refusedBy)
  }
  // Fastify waits for `next`, or for the promise: there is none where no limit is set.
  app.addHook('onRequest', ({ authenticated }, reply, next) => {
    if (limiter.bucketsOf(authenticated).length > 0) return count(authenticated, reply)
    return next()
  })
}
