import { publishTo } from '@alkdev/redis'
import type { RedisConnection } from '@alkdev/redis'

/** The topic of the calls of all accounts. */
export const ALL_CALLS = 'all'
/** Ids of one topic that one process publishes in a second; of further ones it publishes the number. */
export const MAX_ENDED_PER_SECOND = 200
/** Announcements that wait for Redis at a time. */
const MAX_IN_FLIGHT = 8

/** A call whose record was written. */
export interface EndedCall {
  readonly callId: string
  /** Undefined for a call without an account: only watchers of all calls see it. */
  readonly accountId: string | undefined
}

/** The channel of a topic: the id of an account, or `ALL_CALLS`. */
export function endedCallsChannel(prefix: string, topic: string): string {
  return `${prefix}:calls-ended:${topic}`
}

/** What is published: the number of calls that were left out, and ids of 36 characters. */
export function endedCallsMessage(skipped: number, ids: readonly string[]): string {
  return `${skipped}:${ids.join('')}`
}

export interface EndedCallsAnnouncerOptions {
  readonly redis: RedisConnection
  readonly prefix: string
  /** The monotonic clock, in milliseconds. */
  readonly now?: () => number
}

/**
 * Publishes the ids of calls whose records were written: on the topic of their account and on that of all calls, and, without a Redis Cluster, only on
 * topics that have a subscriber. Nothing waits for it: what ends while Redis is unavailable is lost for watchers.
 */
export class EndedCallsAnnouncer {
  readonly #redis: RedisConnection
  readonly #prefix: string
  readonly #now: () => number
  /** Ids that were published in the present second, by topic. */
  readonly #published = new Map<string, number>()
  #secondEndsAt = 0
  #inFlight = 0
  #dropped = 0

  constructor({ redis, prefix, now = () => performance.now() }: EndedCallsAnnouncerOptions) {
    this.#redis = redis
    this.#prefix = prefix
    this.#now = now
  }

  /** Resolves when the calls are published on the topics that have a subscriber, or cannot be. Never rejects. */
  async announce(calls: readonly EndedCall[]): Promise<void> {
    if (this.#redis.status !== 'ready' || calls.length === 0) return
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      this.#dropped += calls.length
      return
    }
    this.#inFlight += 1
    try {
      const topics = byTopic(calls)
      const watched = await this.#watched([...topics.keys()])
      const dropped = this.#dropped
      if (watched.length > 0) this.#dropped = 0
      await Promise.all(
        watched.map((topic) => this.#publish(topic, topics.get(topic) ?? [], dropped)),
      )
    } catch {
      // A watcher that lost its connection says so itself.
    } finally {
      this.#inFlight -= 1
    }
  }

  /** On a Redis Cluster each topic has a node of its own to ask: then all of them, since a message costs no more than the question. */
  async #watched(topics: readonly string[]): Promise<readonly string[]> {
    if (this.#redis.isCluster) return topics
    const channels = topics.map((topic) => endedCallsChannel(this.#prefix, topic))
    // Pairs of a channel and the number of its subscribers, in the order asked.
    const counted = await this.#redis.pubsub('NUMSUB', ...channels)
    return topics.filter((_topic, at) => Number(counted[at * 2 + 1]) > 0)
  }

  #publish(topic: string, ids: readonly string[], dropped: number): Promise<unknown> {
    const now = this.#now()
    if (now >= this.#secondEndsAt) {
      this.#published.clear()
      this.#secondEndsAt = now + 1000
    }
    const published = this.#published.get(topic) ?? 0
    const sampled = sampleOf(ids, MAX_ENDED_PER_SECOND - published)
    this.#published.set(topic, published + sampled.length)
    const text = endedCallsMessage(ids.length - sampled.length + dropped, sampled)
    return publishTo(this.#redis, endedCallsChannel(this.#prefix, topic), text)
  }
}

function byTopic(calls: readonly EndedCall[]): Map<string, string[]> {
  const topics = new Map<string, string[]>([[ALL_CALLS, []]])
  for (const { callId, accountId } of calls)
    for (const topic of accountId === undefined ? [ALL_CALLS] : [ALL_CALLS, accountId]) {
      const ids = topics.get(topic)
      if (ids === undefined) topics.set(topic, [callId])
      else ids.push(callId)
    }
  return topics
}

/** At most `most` of them, evenly spread. */
function sampleOf(ids: readonly string[], most: number): readonly string[] {
  if (ids.length <= most) return ids
  return Array.from({ length: Math.max(0, most) }, (_, at) =>
    String(ids[Math.floor((at * ids.length) / most)]),
  )
}
