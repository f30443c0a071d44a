import { createHash } from 'node:crypto'
import type { RedisConnection } from '@alkdev/redis'

/** `minute` counts evenly (see the script); `day` and `month` are those of the calendar, in UTC. */
export type LimitWindow = 'minute' | 'day' | 'month'

/** One limit that a request is counted against. */
export interface LimitBucket {
  readonly of: 'key' | 'account' | 'organization'
  /** Of that key, account or organization. */
  readonly id: string
  readonly window: LimitWindow
  readonly limit: number
  /** Its Redis key. */
  readonly redisKey: string
}

/** The state of a bucket after requests were counted, or refused. */
export interface BucketState extends Pick<LimitBucket, 'of' | 'id' | 'window' | 'limit'> {
  /** Requests that would be admitted now. */
  readonly remaining: number
  /** Milliseconds until the whole limit is available again. */
  readonly resetMs: number
  /** Milliseconds until the next request is admitted; 0 when it would be now. */
  readonly retryAfterMs: number
}

/*
 * A bucket of a minute holds the time at which it will be empty again (the generic cell rate algorithm, ATM Forum TM 4.0): a request adds
 * window / limit to it, and may not move it further than one window ahead. So `limit` requests may be concurrent, and then one per window /
 * limit. A bucket of a day or month holds `period:count`. All buckets are read before any is written: a refused request is not counted. For
 * more than one request it grants what all buckets have, but no more than a share of it: several replicas lease from the same bucket. A
 * negative number gives back; to days and months only on the day on which it was taken. The caller names the months around its own time with
 * their ends; the clock of Redis decides which of them it is.
 */
const SCRIPT = `
local now = tonumber(ARGV[1])
if now == nil then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local wanted, share, window = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local takenOn = tonumber(ARGV[5])
local DAY = 86400000
local today = math.floor(now / DAY)
local periods = {}
local function period(kind)
  if periods[kind] == nil then
    if kind == 'day' then periods[kind] = { tostring(today), (today + 1) * DAY }
    else
      for name, ends in string.gmatch(ARGV[6], '([%d-]+)=(%d+)') do
        periods[kind] = { name, tonumber(ends) }
        if now < tonumber(ends) then break end
      end
    end
  end
  return periods[kind][1], periods[kind][2]
end

local used, free, wait, granted = {}, {}, {}, wanted
for i = 1, #KEYS do
  local kind, limit = ARGV[5 + 2 * i], tonumber(ARGV[6 + 2 * i])
  local value = redis.call('GET', KEYS[i])
  if kind == 'minute' then
    local step = window / limit
    used[i] = math.max(tonumber(value or '0') or 0, now)
    free[i] = math.max(0, math.floor((window - (used[i] - now)) / step + 1e-6))
    wait[i] = math.max(0, used[i] + step - now - window)
    if free[i] > 0 then wait[i] = 0 end
  else
    local name, ends = period(kind)
    local of, count = string.match(value or '', '^(.*):(%d+)$')
    used[i] = of == name and tonumber(count) or 0
    free[i] = math.max(0, limit - used[i])
    wait[i] = free[i] > 0 and 0 or ends - now
  end
  if wanted > 0 then granted = math.min(granted, free[i] > 0 and math.max(1, math.floor(free[i] / share)) or 0) end
end
local answer = { granted, today }
for i = 1, #KEYS do
  local kind, limit = ARGV[5 + 2 * i], tonumber(ARGV[6 + 2 * i])
  if kind == 'minute' then
    local full = math.max(now, used[i] + granted * window / limit)
    if granted ~= 0 then
      if full > now then redis.call('SET', KEYS[i], string.format('%.3f', full), 'PX', math.ceil(full - now))
      else redis.call('DEL', KEYS[i]) end
    end
    answer[#answer + 1] = math.max(0, free[i] - granted)
    answer[#answer + 1] = math.ceil(full - now)
  else
    local name, ends = period(kind)
    if granted > 0 or (granted < 0 and takenOn == today) then
      redis.call('SET', KEYS[i], name .. ':' .. string.format('%d', math.max(0, used[i] + granted)), 'PX', math.max(1, math.ceil(ends - now)))
    end
    answer[#answer + 1] = math.max(0, free[i] - granted)
    answer[#answer + 1] = math.ceil(ends - now)
  end
  answer[#answer + 1] = math.ceil(wait[i])
end
return answer
`
const SHA = createHash('sha1').update(SCRIPT).digest('hex')

/** The months before, of and after a time: `<year>-<month>=<milliseconds at which it ends>`, in UTC. */
function monthsAround(ms: number): string {
  const now = new Date(ms)
  return [-1, 0, 1]
    .map((offset) => {
      const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset))
      const ends = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1)
      return `${month.getUTCFullYear()}-${month.getUTCMonth() + 1}=${ends}`
    })
    .join(' ')
}

export interface CountRequest {
  readonly buckets: readonly LimitBucket[]
  /** Requests to count; negative: given back; 0: only reads. */
  readonly wanted: number
  /** At most this part of the remaining requests is granted, but at least one. */
  readonly share: number
  /** Milliseconds of a `minute` window. */
  readonly windowMs: number
  /** Milliseconds since the epoch; undefined: by the clock of Redis, which all replicas share. */
  readonly nowMs: number | undefined
  /** For requests given back: the day on which they were counted. */
  readonly takenOn?: number
}

export interface Counted {
  /** Requests that were counted; 0: refused, and nothing was counted. */
  readonly granted: number
  /** The day on which they were counted, in days since 1970 in UTC. */
  readonly day: number
  /** In the order of the buckets. */
  readonly states: readonly BucketState[]
}

/** Counts requests against all buckets in one round trip. Rejects when Redis does. */
export async function countRequests(
  redis: Pick<RedisConnection, 'evalsha' | 'eval'>,
  { buckets, wanted, share, windowMs, nowMs, takenOn }: CountRequest,
): Promise<Counted> {
  const keys = buckets.map(({ redisKey }) => redisKey)
  const values = [
    nowMs ?? '',
    wanted,
    share,
    windowMs,
    takenOn ?? '',
    buckets.some(({ window }) => window === 'month') ? monthsAround(nowMs ?? Date.now()) : '',
    ...buckets.flatMap(({ window, limit }) => [window, limit]),
  ]
  const [granted = 0, day = 0, ...numbers] = (await redis
    .evalsha(SHA, keys.length, ...keys, ...values)
    .catch((error: unknown) => {
      // A restarted Redis does not have the script yet.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return redis.eval(SCRIPT, keys.length, ...keys, ...values)
    })) as number[]
  const states = buckets.map(({ of, id, window, limit }, at) => ({
    of,
    id,
    window,
    limit,
    remaining: numbers[3 * at] ?? 0,
    resetMs: numbers[3 * at + 1] ?? 0,
    retryAfterMs: granted === 0 ? (numbers[3 * at + 2] ?? 0) : 0,
  }))
  return { granted, day, states }
}
