import { duplicateSubscriber, publishTo, subscribeWhenReady } from '@alkdev/redis'
import type { RedisConnection, RedisSubscriber } from '@alkdev/redis'

/** Ids of sessions in one message. */
const MAX_IDS = 1000

export interface AbortFeedOptions {
  /** Duplicated: the feed subscribes on a separate connection. */
  readonly redis: RedisConnection
  readonly prefix: string
  /** A process says that these sessions were aborted: to be read from the database. */
  readonly onAborted: (sessionIds: readonly string[]) => void
  readonly onError: (error: unknown) => void
}

/** Tells all coordinators at once which sessions were aborted. A message that is lost costs the time until a claim is renewed. */
export class AbortFeed {
  readonly #options: AbortFeedOptions
  readonly #channel: string
  #connection: RedisSubscriber | undefined

  constructor(options: AbortFeedOptions) {
    this.#options = options
    this.#channel = `${options.prefix}:session-aborts`
  }

  /** Subscribes; the connection subscribes again when it was lost. */
  async start(): Promise<void> {
    const { redis, onAborted, onError } = this.#options
    const connection = duplicateSubscriber(redis, {
      name: 'session-aborts',
      commandTimeoutMs: 5000,
      onError,
    })
    this.#connection = connection
    connection.on('message', (_channel: string, text: string) => {
      const ids = idsOf(text)
      if (ids.length > 0) onAborted(ids)
    })
    subscribeWhenReady(connection, () => [this.#channel], onError)
    await connection.subscribe(this.#channel).catch(onError)
  }

  /** Never rejects. */
  async publish(sessionIds: readonly string[]): Promise<void> {
    const { redis, onError } = this.#options
    for (let at = 0; at < sessionIds.length; at += MAX_IDS) {
      const text = JSON.stringify(sessionIds.slice(at, at + MAX_IDS))
      // oxlint-disable-next-line no-await-in-loop -- rarely more than one
      await publishTo(redis, this.#channel, text).catch(onError)
    }
  }

  close(): void {
    this.#connection?.disconnect()
    this.#connection = undefined
  }
}

function idsOf(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value)
      ? value.filter((one) => typeof one === 'string').slice(0, MAX_IDS)
      : []
  } catch {
    return []
  }
}
