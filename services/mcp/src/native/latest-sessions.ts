import { sharedNow } from '@alkdev/std'

/** Seconds for which something of a session is kept. */
export const SESSION_SECONDS = 24 * 3600
/** Sessions of one key of which something is kept. Ids of sessions are what clients say, so that one client could name any number of them. */
const MAX_SESSIONS = 100

/** The commands of Redis that limit the sessions of a key. */
export interface LatestSessionsRedis {
  expire(key: string, seconds: number): Promise<unknown>
  del(key: string): Promise<unknown>
  zadd(key: string, score: number, member: string): Promise<unknown>
  zrange(key: string, from: number, to: number): Promise<string[]>
  zrem(key: string, member: string): Promise<unknown>
}

/** Notes in `list` that a session has something under `key`. Of the sessions beyond 100, what the oldest have is deleted. */
export async function noteSession(
  redis: LatestSessionsRedis,
  list: string,
  key: string,
): Promise<void> {
  await redis.zadd(list, sharedNow(), key)
  await redis.expire(list, SESSION_SECONDS)
  for (const oldest of await redis.zrange(list, 0, -MAX_SESSIONS - 1)) {
    // oxlint-disable-next-line no-await-in-loop -- one, as a rule
    await redis.del(oldest)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await redis.zrem(list, oldest)
  }
}
