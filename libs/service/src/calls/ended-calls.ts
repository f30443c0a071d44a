import { CodedError } from '@alkdev/errors'
import { deferred, sleep, withTimeout } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { duplicateSubscriber, subscribeWhenReady } from '@alkdev/redis'
import type { RedisConnection, RedisSubscriber } from '@alkdev/redis'
import { ALL_CALLS, endedCallsChannel, MAX_ENDED_PER_SECOND } from './announce-ended-calls.ts'

/** Ids that one reader holds; further ones are counted and not kept. */
const MAX_HELD = 2000
/** Ids of one group: as many as a list reads at once. */
const GROUP = 200
/** Groups are this many milliseconds apart, so that the batches of all processes are read together. */
const PAUSE_MS = 250
/** A group without ids after this many milliseconds shows that the reader is still connected. */
const QUIET_MS = 60_000
const ID_LENGTH = 36

/** Calls that have been written to the call log since the group before. */
export interface EndedGroup {
  /** At most 200. */
  readonly ids: readonly string[]
  /** Calls that were left out: more than 200 ended in a second, or the buffer was full. */
  readonly skipped: number
  /** The connection was lost meanwhile: calls may be missing. */
  readonly interrupted: boolean
}

interface Reader {
  readonly topic: string
  readonly ids: Set<string>
  /** Ids that were taken in the present second. */
  taken: number
  secondEndsAt: number
  skipped: number
  interrupted: boolean
  news: Deferred<void>
}

export interface EndedCallsOptions {
  /** Duplicated: the feed subscribes on a separate connection, which is open while there is a reader. */
  readonly redis: RedisConnection
  readonly prefix: string
  /** Called when the connection of the feed fails; it reconnects. */
  readonly onError: (error: unknown) => void
  /** The monotonic clock, in milliseconds. */
  readonly now?: () => number
}

/** The ids of calls as they are written to the call log, by any process of the deployment. */
export class EndedCalls {
  readonly #options: EndedCallsOptions
  readonly #readers = new Set<Reader>()
  #connection: RedisSubscriber | undefined
  /** The topics that are subscribed, or about to be. */
  readonly #subscribed = new Map<string, Promise<unknown>>()

  constructor(options: EndedCallsOptions) {
    this.#options = options
  }

  get readers(): number {
    return this.#readers.size
  }

  /**
   * Groups of ids of the calls of one account, or of all, from now on; the first group, without ids, says that the feed is subscribed. Of
   * more than 200 ids in a second the rest is counted. A slow reader loses ids, which are counted, and holds 2,000 at most. Ends by throwing
   * the reason of the signal; UNAVAILABLE when Redis can't be reached at the beginning.
   */
  async *read(signal: AbortSignal, topic: string = ALL_CALLS): AsyncGenerator<EndedGroup, void> {
    const reader: Reader = {
      topic,
      ids: new Set(),
      taken: 0,
      secondEndsAt: 0,
      skipped: 0,
      interrupted: false,
      news: deferred(),
    }
    this.#readers.add(reader)
    try {
      await this.#subscribe(topic).catch((cause: unknown) => {
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
      this.#unsubscribe(topic)
    }
  }

  close(): void {
    this.#connection?.disconnect()
    this.#connection = undefined
    this.#subscribed.clear()
  }

  #subscribe(topic: string): Promise<unknown> {
    const known = this.#subscribed.get(topic)
    if (known !== undefined) return known
    const connection = this.#connection ?? this.#connect()
    const subscribed = connection.subscribe(endedCallsChannel(this.#options.prefix, topic))
    this.#subscribed.set(topic, subscribed)
    subscribed.catch(() => {
      if (this.#subscribed.get(topic) === subscribed) this.#subscribed.delete(topic)
    })
    return subscribed
  }

  #unsubscribe(topic: string): void {
    if (this.#readers.size === 0) return this.close()
    for (const reader of this.#readers) if (reader.topic === topic) return
    this.#subscribed.delete(topic)
    // A message that comes before its end has no reader.
    this.#connection
      ?.unsubscribe(endedCallsChannel(this.#options.prefix, topic))
      .catch(() => undefined)
  }

  #connect(): RedisSubscriber {
    const connection = duplicateSubscriber(this.#options.redis, {
      name: 'ended-calls',
      commandTimeoutMs: 5000,
      onError: (error) => this.#options.onError(error),
    })
    this.#connection = connection
    connection.on('close', () => {
      for (const reader of this.#readers) {
        reader.interrupted = true
        reader.news.resolve()
      }
    })
    const channels = () =>
      [...this.#subscribed.keys()].map((topic) => endedCallsChannel(this.#options.prefix, topic))
    subscribeWhenReady(connection, channels, () => undefined)
    connection.on('message', (channel: string, text: string) => this.#onMessage(channel, text))
    return connection
  }

  #onMessage(channel: string, text: string): void {
    const { prefix, now = () => performance.now() } = this.#options
    const from = text.indexOf(':') + 1
    const left = Number(text.slice(0, from - 1))
    for (const reader of this.#readers) {
      if (endedCallsChannel(prefix, reader.topic) !== channel) continue
      if (now() >= reader.secondEndsAt) {
        reader.taken = 0
        reader.secondEndsAt = now() + 1000
      }
      reader.skipped += left
      for (let at = from; at + ID_LENGTH <= text.length; at += ID_LENGTH) {
        if (reader.ids.size < MAX_HELD && reader.taken < MAX_ENDED_PER_SECOND) {
          reader.taken++
          reader.ids.add(text.slice(at, at + ID_LENGTH))
        } else reader.skipped++
      }
      reader.news.resolve()
    }
  }
}

/** Resolves when there is something to read, or after a minute. Rejects with the reason of the signal. */
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
