import { CodedError } from '@alkdev/errors'
import { createInProcessEventTarget } from './event-target-in-process.ts'
import { guarded } from './faults.ts'
import { Repeater } from './repeater.ts'
import type { OverflowPolicy, Stop } from './repeater.ts'
import { assertEventType, topicOf } from './topic.ts'
import type {
  EnvelopeOf,
  EventEnvelope,
  EventType,
  FaultHandler,
  PubSubEventMap,
  TransportEventTarget,
  TypedEvent,
  TypedEventTarget,
} from './types.ts'

export interface PubSubConfig {
  /** The transport of events. Default: a new in-process target. A plain `new EventTarget()` works too. */
  readonly eventTarget?: TypedEventTarget | EventTarget
  /** Called for subscriptions that the transport did not confirm, and for events that `publish` could not send. */
  readonly onError?: FaultHandler
}

export interface SubscribeOptions {
  /** Events held for a consumer that does not read. Default 1024. */
  readonly limit?: number
  /** What happens to the next event then. Default `error`: this subscription ends with OVERLOADED; others are not affected. */
  readonly overflow?: OverflowPolicy
  /** Ends the subscription with ABORTED. */
  readonly signal?: AbortSignal
}

/**
 * Events of one topic. Listens from the first `next()` or `ready()` on, until the loop is left, the transport is lost
 * (UNAVAILABLE is thrown) or refuses (ACCESS_DENIED), or the pub/sub or its target is closed (the iteration ends).
 */
export interface Subscription<TEnvelope> extends Repeater<TEnvelope, undefined> {
  /** Starts listening; resolves once what is published from here on will be received, on whatever side it is published. */
  ready(): Promise<void>
}

export interface PubSub<TEventMap extends object = PubSubEventMap> extends AsyncDisposable {
  /**
   * Sends an event to the subscribers of exactly this type and id; does not wait. Events that the transport can't send are
   * reported to `onError`. Throws VALIDATION_ERROR for a type that is empty or starts with `__`.
   */
  publish<TType extends EventType<TEventMap>>(
    type: TType,
    id: string,
    payload: TEventMap[TType],
  ): void
  /** As `publish`, and resolves with the number of receivers (undefined where the transport does not report it) or rejects as the target's `publish` does. */
  send<TType extends EventType<TEventMap>>(
    type: TType,
    id: string,
    payload: TEventMap[TType],
  ): Promise<number | undefined>
  /** The events of exactly this type and id. No wildcards. Throws VALIDATION_ERROR as `publish` does. */
  subscribe<TType extends EventType<TEventMap>>(
    type: TType,
    id: string,
    options?: SubscribeOptions,
  ): Subscription<EnvelopeOf<TEventMap, TType>>
  /** Ends all subscriptions, and closes the target if it was made here. Idempotent. */
  close(): Promise<void>
}

/** Typed publish/subscribe over an event target. */
export function createPubSub<TEventMap extends object = PubSubEventMap>(
  config: PubSubConfig = {},
): PubSub<TEventMap> {
  return new EventTargetPubSub<TEventMap>(config)
}

class EventTargetPubSub<TEventMap extends object> implements PubSub<TEventMap> {
  readonly #target: TypedEventTarget & Partial<TransportEventTarget>
  readonly #ownsTarget: boolean
  readonly #onError: FaultHandler
  readonly #running = new Set<Stop>()
  #closed = false

  constructor(config: PubSubConfig) {
    this.#onError = guarded(config.onError)
    this.#ownsTarget = config.eventTarget === undefined
    this.#target = (config.eventTarget ??
      createInProcessEventTarget(
        config.onError ? { onError: config.onError } : {},
      )) as TypedEventTarget
    const signal = this.#target.closeSignal
    const end = (): void => this.#end(signal?.reason)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
  }

  publish<TType extends EventType<TEventMap>>(
    type: TType,
    id: string,
    payload: TEventMap[TType],
  ): void {
    assertEventType(type)
    if (this.#closed) return
    this.#target.dispatchEvent(
      new CustomEvent(topicOf(type, id), { detail: { type, id, payload } }),
    )
  }

  async send<TType extends EventType<TEventMap>>(
    type: TType,
    id: string,
    payload: TEventMap[TType],
  ): Promise<number | undefined> {
    assertEventType(type)
    if (this.#closed) throw new CodedError('UNAVAILABLE', 'the pub/sub is closed')
    if (this.#target.publish) return this.#target.publish({ type, id, payload })
    this.publish(type, id, payload)
    return undefined
  }

  subscribe<TType extends EventType<TEventMap>>(
    type: TType,
    id: string,
    options: SubscribeOptions = {},
  ): Subscription<EnvelopeOf<TEventMap, TType>> {
    assertEventType(type)
    return new TopicSubscription<EnvelopeOf<TEventMap, TType>>(
      {
        type,
        id,
        target: this.#target,
        running: this.#running,
        isClosed: () => this.#closed,
        onError: this.#onError,
      },
      options,
    )
  }

  async close(): Promise<void> {
    this.#end(undefined)
    if (this.#ownsTarget) await this.#target.close?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #end(reason: unknown): void {
    this.#closed = true
    const lost = reason instanceof CodedError && reason.code !== 'ABORTED' ? reason : undefined
    for (const stop of this.#running) stop(lost)
    this.#running.clear()
  }
}

interface SubscriptionPlace {
  readonly type: string
  readonly id: string
  readonly target: TypedEventTarget & Partial<TransportEventTarget>
  readonly running: Set<Stop>
  readonly isClosed: () => boolean
  readonly onError: FaultHandler
}

class TopicSubscription<TEnvelope> extends Repeater<TEnvelope, undefined> {
  readonly #confirmed: { promise: Promise<void> }

  constructor(place: SubscriptionPlace, options: SubscribeOptions) {
    const confirmed = { promise: Promise.resolve() }
    super((push, stop) => {
      confirmed.promise = listen(
        place,
        options.signal,
        (envelope) => push(envelope as TEnvelope),
        stop,
      )
      confirmed.promise.catch(() => {})
      return undefined
    }, options)
    this.#confirmed = confirmed
  }

  ready(): Promise<void> {
    this.start()
    return this.#confirmed.promise
  }
}

function listen(
  place: SubscriptionPlace,
  signal: AbortSignal | undefined,
  push: (envelope: EventEnvelope) => unknown,
  stop: Stop,
): Promise<void> {
  const { type, id, target, running, onError } = place
  const topic = topicOf(type, id)
  if (place.isClosed()) {
    stop()
    return Promise.reject(new CodedError('UNAVAILABLE', 'the pub/sub is closed'))
  }
  const onAbort = (): void => {
    stop(new CodedError('ABORTED', 'the subscription was aborted', { cause: signal?.reason }))
  }
  // Two pairs of type and id can make the same topic ("a:b" + "c", "a" + "b:c"): compare both.
  const listener = (event: TypedEvent): void => {
    const envelope = event.detail
    if (envelope.type === type && envelope.id === id) push(envelope)
  }
  let stopped = false
  running.add(stop)
  target.addEventListener(topic, listener)
  void stop.then(() => {
    stopped = true
    running.delete(stop)
    target.removeEventListener(topic, listener)
    signal?.removeEventListener('abort', onAbort)
    return undefined
  })
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  if (!target.subscribed) return Promise.resolve()
  return target.subscribed(topic).catch((thrown: unknown) => {
    const error = CodedError.from(thrown)
    // A caller that has left, or closed the target, needs no report that nothing was confirmed.
    if (stopped || target.closeSignal?.aborted) throw error
    // After these two the transport keeps trying; all others are final.
    if (error.code !== 'TIMEOUT' && error.code !== 'UNAVAILABLE') stop(error)
    onError(error, { kind: 'subscribe', topic })
    throw error
  })
}
