import type { CodedError } from '@alkdev/errors'

/**
 * What travels: an event of `type`, scoped to `id` (the empty string for unscoped ones), with a payload that the
 * transport can carry (JSON for Redis and WebSocket, structured clone for workers). Its topic is `type:id`.
 */
export interface EventEnvelope<TType extends string = string, TPayload = unknown> {
  readonly type: TType
  readonly id: string
  readonly payload: TPayload
}

/** Event types and their payloads. Interfaces and type aliases both do. */
export interface PubSubEventMap {
  [eventType: string]: unknown
}

/** The event types of a map. */
export type EventType<TEventMap extends object> = Extract<keyof TEventMap, string>

/** The envelope of one event type of a map; of all of them when the type is left out. */
export type EnvelopeOf<
  TEventMap extends object,
  TType extends EventType<TEventMap> = EventType<TEventMap>,
> = TType extends string ? EventEnvelope<TType, TEventMap[TType]> : never

/** A CustomEvent whose `type` is the topic and whose `detail` is the envelope. */
export type TypedEvent<
  TType extends string = string,
  TDetail = EventEnvelope,
> = CustomEvent<TDetail> & {
  readonly type: TType
}

export type TypedEventListener<TEvent extends TypedEvent = TypedEvent> = (event: TEvent) => void

export interface TypedEventListenerObject<TEvent extends TypedEvent = TypedEvent> {
  handleEvent(event: TEvent): void
}

export type TypedEventListenerOrEventListenerObject<TEvent extends TypedEvent = TypedEvent> =
  | TypedEventListener<TEvent>
  | TypedEventListenerObject<TEvent>

export interface ListenerOptions {
  /** Removed after the first event. */
  readonly once?: boolean
  /** Removed when aborted; never added when it is aborted already. */
  readonly signal?: AbortSignal
}

/** The part of the web's EventTarget that carries events of topics. `new EventTarget()` is one. */
export interface TypedEventTarget<TEvent extends TypedEvent = TypedEvent> {
  addEventListener(
    type: string,
    callback: TypedEventListenerOrEventListenerObject<TEvent> | null,
    options?: ListenerOptions | boolean,
  ): void
  dispatchEvent(event: TEvent): boolean
  removeEventListener(
    type: string,
    callback: TypedEventListenerOrEventListenerObject<TEvent> | null,
    options?: ListenerOptions | boolean,
  ): void
}

/** What every event target of this package is, beside an EventTarget. */
export interface TransportEventTarget<TEvent extends TypedEvent = TypedEvent>
  extends TypedEventTarget<TEvent>, AsyncDisposable {
  /**
   * Hands the envelope to the transport. Resolves with the number of receivers, or undefined where the transport can't
   * tell. Rejects with a CodedError: VALIDATION_ERROR (no envelope, reserved type, not serialisable),
   * PAYLOAD_TOO_LARGE, OVERLOADED (the queue is full), TIMEOUT, UNAVAILABLE (closed, or the transport failed).
   */
  publish(envelope: EventEnvelope): Promise<number | undefined>
  /**
   * Resolves once the listeners that `topic` has now will hear what is published from here on. Rejects with CONFLICT
   * when the topic has no listener, TIMEOUT when there was no confirmation in time (the target continues trying),
   * ACCESS_DENIED when the other side refuses, UNAVAILABLE when the target is closed.
   */
  subscribed(topic: string): Promise<void>
  /** Aborted when the target has closed: by `close()` with reason ABORTED, by a lost transport with UNAVAILABLE. */
  readonly closeSignal: AbortSignal
  /** Removes all listeners and gives back what the target took from its transport, which stays open. Idempotent; never rejects. */
  close(): Promise<void>
}

/**
 * What went wrong outside of a call that could have thrown it. `malformed`: a message that is no envelope or does not
 * belong to its topic; `listener`: a listener threw; `publish`: an event dispatched could not be sent; `subscribe`: a
 * subscription was not confirmed; `transport`: the connection failed.
 */
export type FaultKind = 'malformed' | 'listener' | 'publish' | 'subscribe' | 'transport'

export interface FaultContext {
  readonly kind: FaultKind
  readonly topic?: string
}

/**
 * Must not throw. Without one, faults of listeners are rethrown in a microtask (as EventTarget does) and others go to console.warn, one
 * line for each kind and code and then their number every 10 s.
 */
export type FaultHandler = (error: CodedError, context: FaultContext) => void
