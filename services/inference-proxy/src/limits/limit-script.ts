import { createHash } from 'node:crypto'
import { writeTogether } from '@alkdev/redis'
import type { MaybeCluster, WithSocket } from '@alkdev/redis'
import type { ServiceRuntime } from '@alkdev/service'

/** The connection that scripts run on. */
export type LimitRedis = Pick<ServiceRuntime['redis'], 'evalsha' | 'eval'> &
  MaybeCluster &
  WithSocket

/** One limit that a call is counted against. */
export interface CallLimit {
  readonly redisKey: string
  readonly unit: 'requests' | 'tokens' | 'concurrency'
  readonly limit: number
  /** What the call takes of it. */
  readonly amount: number
}

/** `refused`: the place of the limit that refuses. `slices`: what was taken of each limit for calls to come; it counts in the second after `second`. */
export type TakeAnswer =
  | { readonly refused: number; readonly used: number; readonly retryAfterMs: number }
  | { readonly refused: undefined; readonly second: number; readonly slices: readonly number[] }

/*
 * A minute is the last 60 seconds: a hash with the amount of each second, of which those count that may lie within them. So no 60 seconds
 * ever hold more than the limit. Calls in flight are a sorted set of their ids by the end of their leases: those of a process that was
 * killed end by themselves. All limits are looked at before any is written.
 *
 * A call may take more for calls to come (`more`): a 64th of what is free at most, and nothing if that is less than two calls. It is used up to a second later
 * and so counts in the next second.
 */
const SCRIPT = `
local time = redis.call('TIME')
local second, now = tonumber(time[1]), time[1] * 1000 + math.floor(time[2] / 1000)
local action, callId, leaseMs, taken = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local answer = { 0, second }
if action == 'take' then
  for i = 1, #KEYS do
    local unit, limit, amount = ARGV[1 + 4 * i], tonumber(ARGV[2 + 4 * i]), tonumber(ARGV[3 + 4 * i])
    answer[2 + i] = 0
    if unit == 'concurrency' then
      redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
      local used = redis.call('ZCARD', KEYS[i])
      if used + amount > limit then return { i, used, 1000 } end
    else
      local fields, used, seconds = redis.call('HGETALL', KEYS[i]), 0, {}
      for j = 1, #fields, 2 do
        local at, count = tonumber(fields[j]), tonumber(fields[j + 1])
        if at < second - 60 then redis.call('HDEL', KEYS[i], fields[j])
        else
          used = used + count
          seconds[#seconds + 1] = { at, count }
        end
      end
      if used + amount > limit then
        table.sort(seconds, function(a, b) return a[1] < b[1] end)
        local left, wait = used, 60000
        for j = 1, #seconds do
          left = left - seconds[j][2]
          if left + amount <= limit then
            wait = (seconds[j][1] + 61) * 1000 - now
            break
          end
        end
        return { i, used, math.max(1, wait) }
      end
      local more = math.min(tonumber(ARGV[4 + 4 * i]), math.floor((limit - used - amount) / 64))
      if more > 0 and more >= 2 * amount then answer[2 + i] = more end
    end
  end
end
for i = 1, #KEYS do
  local unit, amount = ARGV[1 + 4 * i], tonumber(ARGV[3 + 4 * i])
  if unit == 'concurrency' then
    if action == 'give' then redis.call('ZREM', KEYS[i], callId)
    elseif action == 'take' or redis.call('ZSCORE', KEYS[i], callId) then
      redis.call('ZADD', KEYS[i], now + leaseMs, callId)
      redis.call('PEXPIRE', KEYS[i], math.max(leaseMs, redis.call('PTTL', KEYS[i])))
    end
  elseif action == 'take' then
    redis.call('HINCRBY', KEYS[i], second, string.format('%d', amount))
    if answer[2 + i] > 0 then redis.call('HINCRBY', KEYS[i], second + 1, string.format('%d', answer[2 + i])) end
    redis.call('EXPIRE', KEYS[i], 63)
  elseif action == 'give' and redis.call('HEXISTS', KEYS[i], taken) == 1 then
    redis.call('HINCRBY', KEYS[i], taken, string.format('%d', amount))
  end
end
return answer
`
const SHA = createHash('sha1').update(SCRIPT).digest('hex')

async function run(
  redis: LimitRedis,
  limits: readonly CallLimit[],
  head: readonly (string | number)[],
  more?: readonly number[],
): Promise<readonly number[]> {
  const keys = limits.map(({ redisKey }) => redisKey)
  writeTogether(redis)
  const values = [...head]
  for (const [at, { unit, limit, amount }] of limits.entries())
    values.push(unit, limit, amount, more?.[at] ?? 0)
  return (await redis.evalsha(SHA, keys.length, ...keys, ...values).catch((error: unknown) => {
    // A Redis that was restarted does not know the script yet.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return redis.eval(SCRIPT, keys.length, ...keys, ...values)
  })) as readonly number[]
}

/** Takes what a call needs of all limits, or nothing of any. `more`: what slices of them would be taken for calls to come. Rejects when Redis does. */
export async function takeLimits(
  redis: LimitRedis,
  limits: readonly CallLimit[],
  callId: string,
  leaseMs: number,
  more?: readonly number[],
): Promise<TakeAnswer> {
  const answer = await run(redis, limits, ['take', callId, leaseMs, 0], more)
  const [refused = 0, second = 0, wait = 0] = answer
  return refused === 0
    ? { refused: undefined, second, slices: answer.slice(2) }
    : { refused: refused - 1, used: second, retryAfterMs: wait }
}

/** Gives back what a call took in a second: its place, and `amount` (negative, or positive where it used more) of the others. */
export async function giveLimits(
  redis: LimitRedis,
  limits: readonly CallLimit[],
  callId: string,
  second: number,
): Promise<void> {
  await run(redis, limits, ['give', callId, 0, second])
}

/** Keeps the place of a call in flight. */
export async function renewLimits(
  redis: LimitRedis,
  limits: readonly CallLimit[],
  callId: string,
  leaseMs: number,
): Promise<void> {
  await run(redis, limits, ['renew', callId, leaseMs, 0])
}
