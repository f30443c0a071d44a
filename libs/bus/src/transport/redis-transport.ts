import { uuidv7 } from '@alkdev/std'
import type { Redis } from 'ioredis'
import type { Counters } from '../counters.ts'
import type { BusLogger } from '../options.ts'
import type { Codec } from '../wire/codec.ts'
import type { Frame, LargeFrame } from '../wire/frames.ts'
import { LargeInbox } from './large-inbox.ts'
import { connect } from './redis-connections.ts'
import { PublishError } from './transport.ts'
import type { Transport, TransportEvents } from './transport.ts'

const START_TIMEOUT_MS = 10_000
const LARGE_TTL_MS = 60_000

export interface RedisTransportOptions {
  readonly publisher: Redis
  readonly subscriber: Redis
  /** Part of every channel and key, `<prefix>:`. */
  readonly prefix: string
  readonly codec: Codec
  readonly counters: Counters
  readonly logger: BusLogger
  /** Bytes above which a message travels as a key. */
  readonly maxMessageBytes: number
}

/** Frames over Redis pub/sub: one publishing connection that never resends, one subscribing connection. */
export class RedisTransport implements Transport {
  readonly #options: RedisTransportOptions
  readonly #topics = new Set<string>()
  readonly #inbox: LargeInbox
  #events: TransportEvents | undefined
  #subscribed = false
  #stopped = false

  constructor(options: RedisTransportOptions) {
    this.#options = options
    this.#inbox = new LargeInbox({
      fetch: (key) => options.publisher.getdel(this.#name(key)),
      decode: (text) => options.codec.decode(text),
      counters: options.counters,
    })
  }

  get ready(): boolean {
    return this.#subscribed && this.#options.publisher.status === 'ready'
  }

  async start(events: TransportEvents): Promise<void> {
    this.#events = events
    const { publisher, subscriber } = this.#options
    for (const redis of [publisher, subscriber]) {
      redis.on('error', (error) => this.#options.logger.debug({ err: error }, 'redis connection'))
      redis.on('close', () => this.#onClose(redis))
    }
    subscriber.on('message', (channel: string, text: string) => this.#onMessage(channel, text))
    await Promise.all([connect(publisher, START_TIMEOUT_MS), connect(subscriber, START_TIMEOUT_MS)])
    publisher.on('ready', () => this.#announceReady())
    subscriber.on('ready', () => void this.#resubscribe())
    await this.#resubscribe()
  }

  async subscribe(topic: string): Promise<void> {
    this.#topics.add(topic)
    await this.#options.subscriber.subscribe(this.#name(topic))
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#topics.delete(topic)
    await this.#options.subscriber.unsubscribe(this.#name(topic)).catch(() => undefined)
  }

  encode(topic: string, frame: Frame): string {
    return this.#options.codec.encode({ topic, frame })
  }

  publish(topic: string, frame: Frame, text = this.encode(topic, frame)): Promise<number> {
    const { publisher, counters, maxMessageBytes } = this.#options
    if (publisher.status !== 'ready') {
      counters.publishFailures++
      return Promise.reject(new PublishError('no', 'Redis is away'))
    }
    counters.messagesSent++
    let message = text
    // A UTF-16 unit takes one to three bytes: measure only what is near the limit.
    if (text.length * 3 > maxMessageBytes && Buffer.byteLength(text) > maxMessageBytes) {
      message = this.#large(topic, frame, text)
    }
    return publisher.publish(this.#name(topic), message).catch((error: unknown) => {
      counters.publishFailures++
      // An answer that is an error means that the server did not carry it out.
      const refused = error instanceof Error && error.name === 'ReplyError'
      throw new PublishError(refused ? 'no' : 'unknown', 'Redis did not take a message', {
        cause: error,
      })
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#subscribed = false
    const { publisher, subscriber } = this.#options
    if (publisher.status === 'ready') await publisher.quit().catch(() => undefined)
    publisher.disconnect()
    subscriber.disconnect()
  }

  #name(topicOrKey: string): string {
    return `${this.#options.prefix}:${topicOrKey}`
  }

  /** Stores the text under a key of its own, on the same connection and so before the frame that names it. */
  #large(topic: string, frame: Frame, text: string): string {
    this.#options.counters.messagesLarge++
    const key = `large:${uuidv7()}`
    this.#options.publisher.set(this.#name(key), text, 'PX', LARGE_TTL_MS).catch(() => undefined)
    const stub: LargeFrame = {
      k: 'large',
      from: frame.from,
      key,
      of: frame.k,
      call: 'call' in frame ? frame.call : '',
      n: 'n' in frame ? frame.n : 0,
    }
    return this.encode(topic, stub)
  }

  #onMessage(channel: string, text: string): void {
    this.#options.counters.messagesReceived++
    const message = this.#options.codec.decode(text) as
      | { readonly topic?: unknown; readonly frame?: Frame }
      | undefined
    if (message === undefined) return
    const topic = channel.slice(this.#options.prefix.length + 1)
    if (message.topic !== topic || typeof message.frame?.k !== 'string') {
      this.#options.counters.messagesMalformed++
      return
    }
    this.#inbox.take(topic, message.frame, text.length, (frame, bytes) =>
      this.#events?.onFrame(topic, frame, bytes),
    )
  }

  #onClose(redis: Redis): void {
    if (this.#stopped) return
    if (redis === this.#options.subscriber) this.#subscribed = false
    this.#events?.onDown()
  }

  /** Renews all subscriptions and waits for the server's word; a connection that breaks meanwhile comes here again. */
  async #resubscribe(): Promise<void> {
    const { subscriber, counters, logger } = this.#options
    try {
      if (this.#topics.size > 0) {
        await subscriber.subscribe(...[...this.#topics].map((topic) => this.#name(topic)))
      }
      this.#subscribed = true
    } catch (error) {
      logger.debug({ err: error }, 'subscriptions were not confirmed')
      if (!this.#stopped) subscriber.disconnect(true)
      return
    }
    counters.reconnects++
    this.#announceReady()
  }

  #announceReady(): void {
    if (this.ready && !this.#stopped) this.#events?.onReady()
  }
}
