import { CodedError } from '@alkdev/errors'
import { deferred, sleep, withTimeout } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { Redis } from 'ioredis'

/** Ids that one reader holds; further ones are counted and not kept. */
const MAX_HELD = 2000
/** Ids of one group: as many as a list reads at once. */
const GROUP = 200
/** Groups are this many milliseconds apart, so that the batches of all processes are read together. */
const PAUSE_MS = 250
/** A group without ids after this many milliseconds shows that the reader is still connected. */
const QUIET_MS = 60_000
const ID_LENGTH = 36

function channelOf(prefix: string): string {
  return `${prefix}:calls-ended`
}

/**
 * Publishes the ids of calls whose records were written. Nothing waits for it: what is published while Redis is away, or while there is no reader,
 * is lost.
 */
export function announceEndedCalls(redis: Redis, prefix: string, ids: readonly string[]): void {
  if (redis.status !== 'ready' || ids.length === 0) return
  redis.publish(channelOf(prefix), ids.join('')).catch(() => undefined)
}

/** Calls that have been written to the call log since the group before. */
export interface EndedGroup {
  /** At most 200. */
  readonly ids: readonly string[]
  /** Calls that were not kept because the buffer was full. */
  readonly skipped: number
  /** The connection was lost meanwhile: calls may be missing. */
  readonly interrupted: boolean
}

interface Reader {
  readonly ids: Set<string>
  skipped: number
  interrupted: boolean
  news: Deferred<void>
}

export interface EndedCallsOptions {
  /** Duplicated: the feed subscribes on a connection of its own, which is open while there is a reader. */
  readonly redis: Redis
  readonly prefix: string
  /** Called when the connection of the feed fails; it reconnects. */
  readonly onError: (error: unknown) => void
}

/** The ids of calls as they are written to the call log, by any process of the deployment. */
export class EndedCalls {
  readonly #options: EndedCallsOptions
  readonly #readers = new Set<Reader>()
  #connection: Redis | undefined
  #subscribed: Promise<unknown> = Promise.resolve()

  constructor(options: EndedCallsOptions) {
    this.#options = options
  }

  get readers(): number {
    return this.#readers.size
  }

  /**
   * Groups of ids from now on; the first group, without ids, says that the feed is subscribed. A slow reader loses ids, which are counted, and
   * holds 2,000 at most. Ends by throwing the reason of the signal; UNAVAILABLE when Redis can't be reached at the beginning.
   */
  async *read(signal: AbortSignal): AsyncGenerator<EndedGroup, void> {
    const reader: Reader = { ids: new Set(), skipped: 0, interrupted: false, news: deferred() }
    this.#readers.add(reader)
    try {
      if (this.#connection === undefined) this.#connect()
      await this.#subscribed.catch((cause: unknown) => {
        throw new CodedError('UNAVAILABLE', 'Redis cannot be reached.', { cause })
      })
      yield { ids: [], skipped: 0, interrupted: false }
      for (;;) {
        await untilNews(reader, signal)
        await sleep(PAUSE_MS, signal)
        yield take(reader)
      }
    } finally {
      this.#readers.delete(reader)
      if (this.#readers.size === 0) this.close()
    }
  }

  close(): void {
    this.#connection?.disconnect()
    this.#connection = undefined
  }

  #connect(): void {
    const connection = this.#options.redis.duplicate({
      lazyConnect: true,
      enableOfflineQueue: true,
      autoResubscribe: true,
      commandTimeout: 5000,
      retryStrategy: (attempt) => Math.min(attempt * 100, 1000),
    })
    this.#connection = connection
    connection.on('error', (error) => this.#options.onError(error))
    connection.on('close', () => {
      for (const reader of this.#readers) {
        reader.interrupted = true
        reader.news.resolve()
      }
    })
    connection.on('message', (_channel: string, text: string) => this.#onMessage(text))
    this.#subscribed = connection.subscribe(channelOf(this.#options.prefix))
    this.#subscribed.catch(() => this.close())
  }

  #onMessage(text: string): void {
    for (const reader of this.#readers) {
      for (let at = 0; at + ID_LENGTH <= text.length; at += ID_LENGTH) {
        if (reader.ids.size < MAX_HELD) reader.ids.add(text.slice(at, at + ID_LENGTH))
        else reader.skipped++
      }
      reader.news.resolve()
    }
  }
}

/** Resolves when there is something to take, or after a minute. Rejects with the reason of the signal. */
async function untilNews(reader: Reader, signal: AbortSignal): Promise<void> {
  if (reader.ids.size > 0) return
  await withTimeout(reader.news.promise, {
    ms: QUIET_MS,
    what: 'The next group of ended calls',
    signal,
    onTimeout: () => undefined,
  })
}

function take(reader: Reader): EndedGroup {
  const ids = [...reader.ids].slice(0, GROUP)
  for (const id of ids) reader.ids.delete(id)
  const group = { ids, skipped: reader.skipped, interrupted: reader.interrupted }
  reader.skipped = 0
  reader.interrupted = false
  reader.news = deferred()
  return group
}
