import { createRedisEventTarget } from '@alkdev/pubsub/event-target-redis'
import type { RedisEventTarget } from '@alkdev/pubsub/event-target-redis'
import type { MessageSealer } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { keyBesideChannel, openConnection, publishTo } from '@alkdev/redis'
import type { RedisConnection, RedisSubscriber } from '@alkdev/redis'
import type { Counters } from '../counters.ts'
import type { BusLogger } from '../options.ts'
import type { Codec } from '../wire/codec.ts'
import { callIdOf } from '../wire/frames.ts'
import type { Frame, LargeFrame, RequestFrame } from '../wire/frames.ts'
import { writeJson } from '../wire/write-json.ts'
import { framesOf, LargeInbox } from './large-inbox.ts'
import { Batcher } from './batcher.ts'
import { SecretCalls } from './secret-calls.ts'
import type { Transport, TransportEvents } from './transport.ts'

const START_TIMEOUT_MS = 10_000
const LARGE_TTL_MS = 60_000
/** Maximum messages without a reply of Redis at one time. */
const MAX_UNANSWERED = 50_000

export interface RedisTransportOptions {
  readonly publisher: RedisConnection
  readonly subscriber: RedisSubscriber
  /** Part of every channel and key, `<prefix>:`. */
  readonly prefix: string
  readonly codec: Codec
  readonly sealer: MessageSealer
  /** True when the input or output of the operation contains a secret: all frames of its call are sealed. */
  isSecret(request: RequestFrame): boolean
  readonly counters: Counters
  readonly logger: BusLogger
  /** Messages with more bytes are stored under a key. */
  readonly maxMessageBytes: number
}

/** Codes of `publish` for messages that were refused before they reached Redis, or by Redis. */
const NEVER_SENT: ReadonlySet<string> = new Set(['OVERLOADED', 'ACCESS_DENIED', 'VALIDATION_ERROR'])

const SEALED = 'sealed'

/** Stands for a frame that is sealed for its topic. */
interface SealedFrame {
  readonly type: typeof SEALED
  readonly data: string
}

function isSealed(frame: Frame | SealedFrame): frame is SealedFrame {
  return frame.type === SEALED && typeof frame.data === 'string'
}

interface Received {
  readonly frames: readonly Frame[]
  /** Approximate overhead of each frame. */
  readonly bytes: number
}

/**
 * Frames over the Redis target of `@alkdev/pubsub`: one publishing connection that never resends and one subscribing connection.
 * The messages are signed texts, so the target carries them as they are and the codec stands in for its serializer.
 */
export class RedisTransport implements Transport {
  readonly #options: RedisTransportOptions
  readonly #target: RedisEventTarget
  readonly #inbox: LargeInbox
  readonly #batcher: Batcher
  readonly #secrets: SecretCalls
  #events: TransportEvents | undefined
  #subscribed = false
  #stopped = false

  constructor(options: RedisTransportOptions) {
    const { publisher, subscriber, prefix, codec, counters, logger } = options
    this.#options = options
    this.#secrets = new SecretCalls({ isSecret: (request) => options.isSecret(request) })
    this.#batcher = new Batcher({
      maxUnits: options.maxMessageBytes,
      send: (topic, frames) => this.#target.publishRaw(topic, codec.seal(messageOf(topic, frames))),
    })
    this.#inbox = new LargeInbox({
      fetch: (key, topic) => publisher.getdel(this.#keyOf(topic, key)),
      framesOf: (text, topic) => this.#frames(codec.decode(text), topic),
      counters,
    })
    this.#target = createRedisEventTarget({
      publishClient: { publish: (channel, message) => publishTo(publisher, channel, message) },
      subscribeClient: subscriber,
      prefix: `${prefix}:`,
      serializer: {
        stringify: () => {
          throw new TypeError('frames are published as text')
        },
        parse: (message, topic) => this.#parse(String(message), topic),
      },
      publishTimeoutMs: Infinity,
      maxPending: MAX_UNANSWERED,
      onStateChange: (state) => this.#onState(state === 'subscribed'),
      onError: (error, context) => logger.debug({ err: error, ...context }, 'bus transport'),
    })
  }

  get ready(): boolean {
    return this.#subscribed && this.#options.publisher.status === 'ready'
  }

  get countsReceivers(): boolean {
    return !this.#options.publisher.isCluster
  }

  async start(events: TransportEvents): Promise<void> {
    this.#events = events
    const { publisher, subscriber } = this.#options
    publisher.on('ready', () => this.#onReady())
    const open = [publisher, subscriber].map((redis) => openConnection(redis, START_TIMEOUT_MS))
    await Promise.all(open)
  }

  async subscribe(topic: string): Promise<void> {
    const deliver = (whole: Frame, size: number): void => this.#events?.onFrame(topic, whole, size)
    this.#target.addEventListener(topic, (event) => {
      const { frames, bytes } = event.detail.payload as Received
      for (const frame of frames) this.#inbox.take(topic, frame, bytes, deliver)
    })
    await this.#target.subscribed(topic)
  }

  renewSubscriptions(): void {
    if (!this.#stopped) this.#options.subscriber.disconnect(true)
  }

  publish(topic: string, frame: Frame, text = writeJson(frame)): Promise<number> {
    const { publisher, counters, maxMessageBytes } = this.#options
    if (text === undefined) {
      counters.publishFailures++
      return Promise.reject(new CodedError('VALIDATION_ERROR', 'The frame has no JSON text'))
    }
    if (publisher.status !== 'ready') {
      counters.publishFailures++
      return Promise.reject(new CodedError('OVERLOADED', 'Redis is not available'))
    }
    counters.messagesSent++
    let carried = this.#secrets.covers(frame) ? this.#sealed(topic, text) : text
    // A UTF-16 unit takes one to three bytes: measure only what is near the limit.
    if (carried.length * 3 > maxMessageBytes && Buffer.byteLength(carried) > maxMessageBytes) {
      carried = this.#large(topic, frame, carried)
    }
    return this.#batcher.add(topic, carried)
  }

  neverSent(error: unknown): boolean {
    // A message that Redis or the target refused had no receiver. If the connection broke meanwhile, its fate is unknown.
    if (!(error instanceof CodedError)) return false
    if (NEVER_SENT.has(error.code)) return true
    return error.cause instanceof Error && error.cause.name === 'ReplyError'
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#subscribed = false
    const { publisher, subscriber } = this.#options
    this.#batcher.flush()
    await this.#target.close()
    if (publisher.status === 'ready') await publisher.quit().catch(() => undefined)
    publisher.disconnect()
    subscriber.disconnect()
  }

  /** Stores the frame under a key of its own, on the same connection and so before the message that names it. */
  #large(topic: string, frame: Frame, text: string): string {
    const { publisher, counters, codec } = this.#options
    counters.messagesLarge++
    const key = `large:${uuidv7()}`
    const message = codec.seal(messageOf(topic, [text]))
    publisher.set(this.#keyOf(topic, key), message, 'PX', LARGE_TTL_MS).catch(() => undefined)
    const stub: LargeFrame = {
      type: 'large',
      from: frame.from,
      key,
      of: frame.type,
      callId: callIdOf(frame) ?? '',
      attempt: 'attempt' in frame ? frame.attempt : 0,
    }
    return JSON.stringify(stub)
  }

  #keyOf(topic: string, name: string): string {
    const { publisher, prefix } = this.#options
    return keyBesideChannel(publisher, { prefix, channel: `${prefix}:${topic}`, name })
  }

  #sealed(topic: string, text: string): string {
    return JSON.stringify({ type: SEALED, data: this.#options.sealer.seal(text, topic) })
  }

  /** The frames of a message for this topic, the sealed ones opened; undefined when the message is invalid. */
  #frames(message: unknown, topic: string): readonly Frame[] | undefined {
    const found = framesOf(message, topic)
    if (found?.some(isSealed) !== true) return found
    const frames = found.map((frame) => (isSealed(frame) ? this.#opened(frame, topic) : frame))
    return frames.every((frame) => frame !== undefined) ? frames : undefined
  }

  #opened({ data }: SealedFrame, topic: string): Frame | undefined {
    const text = this.#options.sealer.open(data, topic)
    if (text === undefined) return undefined
    const frame = JSON.parse(text) as Frame
    const callId = callIdOf(frame)
    if (callId !== undefined) this.#secrets.remember(callId)
    return frame
  }

  /** The envelope for the target, or undefined for a message of another sender. */
  #parse(text: string, topic: string): unknown {
    const { codec, counters } = this.#options
    const message = codec.decode(text)
    if (message === undefined) return undefined
    const frames = this.#frames(message, topic)
    if (frames === undefined) {
      counters.messagesMalformed++
      return undefined
    }
    counters.messagesReceived += frames.length
    const colon = topic.indexOf(':')
    const payload: Received = { frames, bytes: Math.ceil(text.length / frames.length) }
    return { type: topic.slice(0, colon), id: topic.slice(colon + 1), payload }
  }

  #onState(subscribed: boolean): void {
    this.#subscribed = subscribed
    if (!subscribed) return
    this.#options.counters.reconnects++
    this.#onReady()
  }

  #onReady(): void {
    if (this.ready && !this.#stopped) this.#events?.onReady()
  }
}

/** The body of a message. It names its topic, so that it can't be replayed to another. */
function messageOf(topic: string, frames: readonly string[]): string {
  return `{"topic":${JSON.stringify(topic)},"frames":[${frames.join(',')}]}`
}
