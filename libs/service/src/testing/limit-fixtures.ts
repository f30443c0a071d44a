import { testRedis } from '@alkdev/testing'
import type { RedisConnection } from '@alkdev/redis'
import { RateLimiter } from '../limits/rate-limiter.ts'
import type { RateLimiterOptions } from '../limits/rate-limiter.ts'
import type { SubjectLimits } from '../limits/request-limits.ts'

const none: SubjectLimits = { key: 0, account: 0, organization: 0 }

export interface SomeLimits {
  readonly minute?: Partial<SubjectLimits>
  readonly day?: Partial<SubjectLimits>
  readonly month?: Partial<SubjectLimits>
}

/** Limiters in the role of replicas: on one Redis, under a separate prefix, with a clock that the test sets. */
export function limiters(
  redis: RedisConnection,
  { minute, day, month }: SomeLimits,
  more: Partial<RateLimiterOptions> = {},
) {
  const prefix = testRedis().prefix.replace(/:$/, '')
  const clock = { nowMs: 1_000_000 }
  const create = (): RateLimiter =>
    new RateLimiter({
      redis,
      prefix,
      limits: {
        requestsPerMinute: { ...none, ...minute },
        requestsPerDay: { ...none, ...day },
        requestsPerMonth: { ...none, ...month },
      },
      now: () => clock.nowMs,
      // A busy machine must not look like an unavailable Redis.
      patienceMs: 20_000,
      ...more,
    })
  return { clock, create, limiter: create(), prefix }
}
