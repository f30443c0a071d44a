import { CodedError } from '@alkdev/errors'
import { JsonDepthError, parseJson } from '@alkdev/std'
import { exceeds } from './bytes.ts'
import {
  guarded,
  malformed,
  MAX_MESSAGE_DEPTH,
  targetClosed,
  tooDeep,
  withDeadline,
} from './faults.ts'
import { redisFailure, RedisSubscriptions } from './redis-subscriptions.ts'
import type { RedisSubscribeClient, RedisTargetState } from './redis-subscriptions.ts'
import { TopicListeners } from './topic-listeners.ts'
import { dispatchableTopic, isEnvelope, publishableTopic, topicOf } from './topic.ts'
import type {
  EventEnvelope,
  FaultHandler,
  ListenerOptions,
  TransportEventTarget,
  TypedEvent,
  TypedEventListenerOrEventListenerObject,
} from './types.ts'

export type { RedisSubscribeClient, RedisTargetState } from './redis-subscriptions.ts'

/** What is used of an ioredis `Redis` or `Cluster` for publishing. */
export interface RedisPublishClient {
  publish(channel: string, message: string | Buffer): Promise<number>
}

/**
 * How an envelope becomes a message and back. `parse` is also given the topic, so that it may wrap a raw message
 * (`{type, id, payload: message}`) without decoding it; what it returns must belong to that topic.
 */
export interface EnvelopeSerializer {
  stringify(envelope: EventEnvelope): string | Buffer
  parse(message: string | Buffer, topic: string): unknown
}

export interface CreateRedisEventTargetArgs {
  readonly publishClient: RedisPublishClient
  /** A connection of its own: Redis allows little else on one that subscribes. Reconnecting is its business. */
  readonly subscribeClient: RedisSubscribeClient
  /** Default: JSON of at most 516 levels. One of your own limits the levels that it reads itself. */
  readonly serializer?: EnvelopeSerializer
  /** What `parse` is given. Default `utf8`, a string; `buffer` leaves the bytes alone. */
  readonly encoding?: 'utf8' | 'buffer'
  /** Before every channel. Default: the empty string. */
  readonly prefix?: string
  /** Milliseconds that `subscribed` waits. Default 5000. */
  readonly confirmTimeoutMs?: number
  /** Milliseconds that a publish waits for Redis' answer; Infinity leaves it to the client's own limits. Default 5000. */
  readonly publishTimeoutMs?: number
  /** Publishes without an answer at one time; more are refused with OVERLOADED. Default 10 000. */
  readonly maxPending?: number
  /** Bytes of a message, both ways. Default 8 MiB. */
  readonly maxMessageBytes?: number
  /** Malformed messages, failed subscriptions, failed publishes of `dispatchEvent`, exceptions of listeners. */
  readonly onError?: FaultHandler
  /** Called when all topics are subscribed (again), and when the subscribing connection is lost. */
  readonly onStateChange?: (state: RedisTargetState) => void
}

export interface RedisEventTarget extends TransportEventTarget {
  /** Resolves with the number of connections that Redis gave it to (on a Cluster: those of one node). */
  publish(envelope: EventEnvelope): Promise<number>
  /** Publishes a message that is serialised already to a topic's channel, as it is. Resolves and rejects as `publish` does. */
  publishRaw(topic: string, message: string | Buffer): Promise<number>
  /** False when the event could not be passed to the client; `onError` gets the reason, also for later failures. */
  dispatchEvent(event: TypedEvent): boolean
}

const json: EnvelopeSerializer = {
  stringify: (envelope) => JSON.stringify(envelope),
  parse: (message) => parseJson(message.toString(), MAX_MESSAGE_DEPTH),
}

/**
 * Events over Redis pub/sub. The channel is `prefix + topic`; one SUBSCRIBE per topic whatever the number of listeners,
 * one message handler per target. After a reconnect every topic is subscribed again (idempotent in Redis: no
 * message arrives twice); messages published meanwhile are lost, as usual for pub/sub. Nothing is queued here: publishes wait in
 * the client, at most `maxPending` of them.
 */
export function createRedisEventTarget(args: CreateRedisEventTargetArgs): RedisEventTarget {
  return new RedisTarget(args)
}

class RedisTarget implements RedisEventTarget {
  readonly #publishClient: RedisPublishClient
  readonly #serializer: EnvelopeSerializer
  readonly #prefix: string
  readonly #publishTimeoutMs: number
  readonly #confirmTimeoutMs: number
  readonly #maxPending: number
  readonly #maxMessageBytes: number
  readonly #onError: FaultHandler
  readonly #listeners: TopicListeners
  readonly #subscriptions: RedisSubscriptions
  readonly #closing = new AbortController()
  #closed: Promise<void> | undefined
  #pending = 0

  constructor(args: CreateRedisEventTargetArgs) {
    this.#publishClient = args.publishClient
    this.#serializer = args.serializer ?? json
    this.#prefix = args.prefix ?? ''
    this.#confirmTimeoutMs = args.confirmTimeoutMs ?? 5000
    this.#publishTimeoutMs = args.publishTimeoutMs ?? 5000
    this.#maxPending = args.maxPending ?? 10_000
    this.#maxMessageBytes = args.maxMessageBytes ?? 8 * 1024 * 1024
    this.#onError = guarded(args.onError)
    this.#listeners = new TopicListeners({
      onError: this.#onError,
      onFirst: (topic) => this.#subscriptions.open(topic),
      onLast: (topic) => this.#subscriptions.drop(topic),
    })
    this.#subscriptions = new RedisSubscriptions({
      client: args.subscribeClient,
      event: args.encoding === 'buffer' ? 'messageBuffer' : 'message',
      prefix: this.#prefix,
      onMessage: (topic, message) => this.#receive(topic, message),
      onError: this.#onError,
      onEnd: () =>
        void this.#close(new CodedError('UNAVAILABLE', 'the subscribing connection has ended')),
      onStateChange: args.onStateChange ?? ((): void => {}),
    })
  }

  get closeSignal(): AbortSignal {
    return this.#closing.signal
  }

  addEventListener(
    topic: string,
    callback: TypedEventListenerOrEventListenerObject | null,
    options?: ListenerOptions | boolean,
  ): void {
    if (!this.#closed) this.#listeners.add(topic, callback, options)
  }

  removeEventListener(
    topic: string,
    callback: TypedEventListenerOrEventListenerObject | null,
  ): void {
    this.#listeners.remove(topic, callback)
  }

  dispatchEvent(event: TypedEvent): boolean {
    const topic = dispatchableTopic(event)
    try {
      this.#send(topic, this.#stringify(event.detail)).catch((thrown: unknown) => {
        this.#onError(CodedError.from(thrown), { kind: 'publish', topic })
      })
      return true
    } catch (thrown) {
      this.#onError(CodedError.from(thrown), { kind: 'publish', topic })
      return false
    }
  }

  async publish(envelope: EventEnvelope): Promise<number> {
    const topic = publishableTopic(envelope)
    return this.#send(topic, this.#stringify(envelope))
  }

  async publishRaw(topic: string, message: string | Buffer): Promise<number> {
    return this.#send(topic, message)
  }

  async subscribed(topic: string): Promise<void> {
    if (this.#closed) throw targetClosed()
    const confirmed = this.#subscriptions.confirmed(topic)
    await withDeadline(confirmed, this.#confirmTimeoutMs, `the subscription of ${topic}`)
  }

  close(): Promise<void> {
    return this.#close(new CodedError('ABORTED', 'the event target was closed'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #close(reason: CodedError): Promise<void> {
    this.#closed ??= withDeadline(
      this.#subscriptions.close(),
      this.#confirmTimeoutMs,
      'unsubscribing',
    ).then(undefined, () => {})
    this.#listeners.clear()
    this.#closing.abort(reason)
    return this.#closed
  }

  #stringify(envelope: EventEnvelope): string | Buffer {
    try {
      const message: unknown = this.#serializer.stringify(envelope)
      if (typeof message === 'string' || message instanceof Uint8Array)
        return message as string | Buffer
    } catch (thrown) {
      throw malformed('the envelope cannot be serialised', thrown)
    }
    throw malformed('the serializer returned neither a string nor bytes')
  }

  /** Throws what is known at once, rejects with what fails later. */
  #send(topic: string, message: string | Buffer): Promise<number> {
    if (this.#closed) throw targetClosed()
    if (exceeds(message, this.#maxMessageBytes)) {
      throw new CodedError(
        'PAYLOAD_TOO_LARGE',
        `a message is at most ${this.#maxMessageBytes} bytes`,
      )
    }
    if (this.#pending >= this.#maxPending) {
      throw new CodedError('OVERLOADED', `${this.#maxPending} publishes are unanswered already`)
    }
    this.#pending += 1
    const answer = this.#publishClient.publish(this.#prefix + topic, message).then(
      (receivers) => {
        this.#pending -= 1
        return receivers
      },
      (thrown: unknown) => {
        this.#pending -= 1
        throw redisFailure('Redis did not take the message', thrown)
      },
    )
    return withDeadline(answer, this.#publishTimeoutMs, 'publishing')
  }

  #receive(topic: string, message: string | Buffer): void {
    // A message that was under way when the last listener left.
    if (!this.#listeners.has(topic)) return
    let envelope: unknown
    try {
      if (exceeds(message, this.#maxMessageBytes))
        throw new RangeError(`over ${this.#maxMessageBytes} bytes`)
      envelope = this.#serializer.parse(message, topic)
    } catch (thrown) {
      const isDeep = thrown instanceof JsonDepthError
      const error = isDeep ? tooDeep(thrown) : malformed('a message could not be parsed', thrown)
      this.#onError(error, { kind: 'malformed', topic })
      return
    }
    if (!isEnvelope(envelope) || topicOf(envelope.type, envelope.id) !== topic) {
      this.#onError(malformed('a message is no envelope of its topic'), {
        kind: 'malformed',
        topic,
      })
      return
    }
    this.#listeners.dispatch(new CustomEvent(topic, { detail: envelope }))
  }
}
