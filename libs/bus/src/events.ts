import type { RedisConnection } from '@alkdev/redis'
import type { Counters } from './counters.ts'
import { writeJson } from './wire/write-json.ts'

const MAX_EVENT_BYTES = 64 * 1024
const MAX_UNANSWERED = 1000

export interface EventLogOptions {
  readonly redis: RedisConnection
  readonly prefix: string
  readonly counters: Counters
  readonly maxEvents: number
}

/** The key of the capped stream of hub events. Entries have the fields `type`, `id` and `payload` (JSON). */
export function eventStreamKey(prefix: string): string {
  return `${prefix}:events`
}

/** Writes hub events to the capped stream. An event that can't be written at once (no Redis, too many pending, over 64 KiB, not JSON) is dropped and counted. */
export class EventLog {
  readonly #options: EventLogOptions
  #unanswered = 0

  constructor(options: EventLogOptions) {
    this.#options = options
  }

  emit(type: string, id: string, payload: unknown): void {
    const { redis, prefix, counters, maxEvents } = this.#options
    const text = writeJson(payload ?? null)
    if (
      text === undefined ||
      redis.status !== 'ready' ||
      this.#unanswered >= MAX_UNANSWERED ||
      text.length > MAX_EVENT_BYTES
    ) {
      counters.eventsDropped++
      return
    }
    this.#unanswered++
    redis
      .xadd(
        eventStreamKey(prefix),
        'MAXLEN',
        '~',
        maxEvents,
        '*',
        'type',
        type,
        'id',
        id,
        'payload',
        text,
      )
      .then(
        () => {
          counters.eventsEmitted++
        },
        () => {
          counters.eventsDropped++
        },
      )
      .finally(() => {
        this.#unanswered--
      })
  }
}
