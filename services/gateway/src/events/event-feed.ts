import { eventStreamKey } from '@alkdev/bus'
import { deferred, sleep, unlessAborted } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { duplicateConnection } from '@alkdev/redis'
import type { RedisConnection } from '@alkdev/redis'
import { parseHubEvent } from './hub-event.ts'
import type { HubEvent } from './hub-event.ts'

export interface EventFeedOptions {
  /** For ordinary commands; the feed blocks on a connection of its own. */
  readonly redis: RedisConnection
  readonly prefix: string
  /** Called when the blocking read fails; it is retried. */
  readonly onError: (error: unknown) => void
}

export interface Resumed {
  /** Events after this id follow. */
  readonly after: string
  /** The requested id is no longer stored: events after it are lost. */
  readonly lost: boolean
}

type Entry = readonly [id: string, fields: string[]]

const PAGE = 200
const BLOCK_MS = 5000
const RETRY_MS = 500
const EVENT_ID = /^\d{1,20}-\d{1,20}$/

/**
 * The hub's events, read from the capped Redis stream. One blocking connection per process notifies all readers of new
 * entries; each reader then reads its own pages, so that a slow one holds nothing in memory here.
 */
export class EventFeed {
  readonly #options: EventFeedOptions
  readonly #key: string
  readonly #stopped = new AbortController()
  #news: Deferred<void> = deferred()
  #watching: Promise<void> | undefined
  #readers = 0

  constructor(options: EventFeedOptions) {
    this.#options = options
    this.#key = eventStreamKey(options.prefix)
  }

  /** Streams that follow the feed now. */
  get readers(): number {
    return this.#readers
  }

  /** The position for a client that has seen `lastId`; without one the end. */
  async resume(lastId: string | undefined): Promise<Resumed> {
    const { redis } = this.#options
    if (lastId !== undefined && EVENT_ID.test(lastId)) {
      const [found] = await redis.xrange(this.#key, lastId, lastId)
      if (found !== undefined) return { after: lastId, lost: false }
    }
    const [newest] = await redis.xrevrange(this.#key, '+', '-', 'COUNT', 1)
    return { after: newest?.[0] ?? '0-0', lost: lastId !== undefined }
  }

  /** The events after `after`, as they arrive. Ends when the signal aborts or the feed closes; throws when Redis is not available. */
  async *read(after: string, signal: AbortSignal): AsyncGenerator<HubEvent, void> {
    const end = AbortSignal.any([signal, this.#stopped.signal])
    this.#readers += 1
    try {
      let position = after
      while (!end.aborted) {
        // Created before the page is read, so that events in between wake this reader.
        const news = this.#news.promise
        this.#watching ??= this.#watch()
        const page = (await this.#options.redis.xrange(
          this.#key,
          `(${position}`,
          '+',
          'COUNT',
          PAGE,
        )) as readonly Entry[]
        for (const [id, fields] of page) {
          position = id
          const event = parseHubEvent(id, fields)
          if (event !== undefined) yield event
          if (end.aborted) return
        }
        if (page.length < PAGE) await untilAborted(news, end)
      }
    } finally {
      this.#readers -= 1
    }
  }

  async close(): Promise<void> {
    this.#stopped.abort(new Error('closed'))
    this.#tell()
    await this.#watching
  }

  #tell(): void {
    this.#news.resolve()
    this.#news = deferred()
  }

  /** Blocks until an entry is added, as long as there are readers. */
  async #watch(): Promise<void> {
    const redis = duplicateConnection('blocking', this.#options.redis, {
      name: 'event-feed',
      commandTimeoutMs: BLOCK_MS * 2,
    })
    const disconnect = (): void => redis.disconnect()
    this.#stopped.signal.addEventListener('abort', disconnect, { once: true })
    try {
      await redis.connect()
      while (this.#readers > 0 && !this.#stopped.signal.aborted) {
        const found = await redis.xread('BLOCK', BLOCK_MS, 'STREAMS', this.#key, '$')
        if (found !== null) this.#tell()
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) {
        this.#options.onError(error)
        await sleep(RETRY_MS, this.#stopped.signal).catch(() => undefined)
      }
    } finally {
      this.#stopped.signal.removeEventListener('abort', disconnect)
      redis.disconnect()
      this.#watching = undefined
      // Readers detect the failure themselves, and start another watch if they continue.
      this.#tell()
    }
  }
}

async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  await unlessAborted(promise, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
