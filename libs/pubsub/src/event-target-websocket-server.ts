import { CodedError } from '@alkdev/errors'
import { control, ControlType } from './control.ts'
import { guarded, targetClosed } from './faults.ts'
import { TopicListeners } from './topic-listeners.ts'
import { TopicRequests } from './topic-requests.ts'
import { dispatchableTopic, publishableTopic, reservedPrefix, topicOf } from './topic.ts'
import type {
  EventEnvelope,
  FaultContext,
  ListenerOptions,
  TransportEventTarget,
  TypedEvent,
  TypedEventListenerOrEventListenerObject,
} from './types.ts'
import { ServerConnection } from './websocket-connection.ts'
import type { SpokeEventTarget } from './websocket-connection.ts'
import { attach, decodeMessage, encodeMessage } from './websocket-like.ts'
import type { WebSocketLike } from './websocket-like.ts'

export type { SpokeEventTarget } from './websocket-connection.ts'
export type { WebSocketLike } from './websocket-like.ts'

export interface ServerFaultContext<TIdentity> extends FaultContext {
  /** The connection that it is about, if it is about one. */
  readonly connection?: SpokeEventTarget<TIdentity>
}

export interface CreateWebSocketServerEventTargetArgs<TIdentity = undefined> {
  /** Whether a connection may hear a topic. Everything else about it waits meanwhile, at most `authorizeTimeoutMs`. What is thrown refuses. */
  readonly authorizeSubscribe: (
    topic: string,
    connection: SpokeEventTarget<TIdentity>,
  ) => boolean | Promise<boolean>
  /** Whether an event that a connection sends is given to the listeners here. Default: always. What is thrown refuses. */
  readonly authorizePublish?: (
    envelope: EventEnvelope,
    connection: SpokeEventTarget<TIdentity>,
  ) => boolean
  readonly onConnection?: (connection: SpokeEventTarget<TIdentity>, socket: WebSocketLike) => void
  readonly onDisconnection?: (
    connection: SpokeEventTarget<TIdentity>,
    socket: WebSocketLike,
  ) => void
  /** Bytes in a socket's buffer above which it gets no more. Default 1 MiB. */
  readonly maxBufferedAmount?: number
  /** Says what happens then: `drop` the event for this connection, else the connection is closed with 1013. */
  readonly onBackpressure?: (
    socket: WebSocketLike,
    bufferedAmount: number,
  ) => 'drop' | 'close' | void
  /** Bytes of a message, both ways; a connection that sends more is closed with 1009. Default 8 MiB. */
  readonly maxMessageBytes?: number
  /** Topics of one connection; more are refused with OVERLOADED. Default 1024. */
  readonly maxTopics?: number
  /** Requests of one connection that wait for `authorizeSubscribe`; with more it is closed with 1013. Default 1024. */
  readonly maxPendingRequests?: number
  /** Default 5000. */
  readonly authorizeTimeoutMs?: number
  /** Milliseconds after closing a socket at which it is dropped, where it has `terminate`. Default 1000. */
  readonly closeTimeoutMs?: number
  readonly onError?: (error: CodedError, context: ServerFaultContext<TIdentity>) => void
}

/** All connections together: hears what any of them sends, publishes to those that have subscribed. */
export interface WebSocketServerEventTarget<TIdentity = undefined> extends TransportEventTarget {
  readonly connections: ReadonlySet<SpokeEventTarget<TIdentity>>
  /** Resolves with the number of connections that it was handed to. */
  publish(envelope: EventEnvelope): Promise<number>
  /** Takes an open socket, with who it is. The target of this one connection. A socket that is here already keeps its target. */
  addConnection(
    socket: WebSocketLike,
    ...identity: undefined extends TIdentity ? [identity?: TIdentity] : [identity: TIdentity]
  ): SpokeEventTarget<TIdentity>
  /** Forgets the socket, which stays open. Happens by itself when the socket closes. Idempotent. */
  removeConnection(socket: WebSocketLike): void
  /** Which connection an event that a listener of this target was given came from. */
  originOf(event: TypedEvent): SpokeEventTarget<TIdentity> | undefined
}

/**
 * Events between a server and its sockets, one JSON envelope a message, text or binary; it answers in text. Knows nothing of
 * HTTP: give it sockets that are open and authenticated. Events that come in are given to the listeners here and
 * never passed on to other connections.
 */
export function createWebSocketServerEventTarget<TIdentity = undefined>(
  args: CreateWebSocketServerEventTargetArgs<TIdentity>,
): WebSocketServerEventTarget<TIdentity> {
  if (typeof args.authorizeSubscribe !== 'function') {
    throw new CodedError('VALIDATION_ERROR', 'authorizeSubscribe must say who may hear what')
  }
  return new WebSocketServerTarget(args)
}

class WebSocketServerTarget<TIdentity> implements WebSocketServerEventTarget<TIdentity> {
  readonly #args: CreateWebSocketServerEventTargetArgs<TIdentity>
  readonly #maxMessageBytes: number
  readonly #onError: (error: CodedError, context: ServerFaultContext<TIdentity>) => void
  readonly #listeners: TopicListeners
  readonly #bySocket = new Map<WebSocketLike, ServerConnection<TIdentity>>()
  readonly #byTopic = new Map<string, Set<ServerConnection<TIdentity>>>()
  readonly #origins = new WeakMap<TypedEvent, SpokeEventTarget<TIdentity>>()
  readonly #closing = new AbortController()

  constructor(args: CreateWebSocketServerEventTargetArgs<TIdentity>) {
    this.#args = args
    this.#maxMessageBytes = args.maxMessageBytes ?? 8 * 1024 * 1024
    this.#onError = guarded(args.onError)
    this.#listeners = new TopicListeners({ onError: this.#onError })
  }

  get connections(): ReadonlySet<SpokeEventTarget<TIdentity>> {
    return new Set(this.#bySocket.values())
  }

  get closeSignal(): AbortSignal {
    return this.#closing.signal
  }

  addEventListener(
    topic: string,
    callback: TypedEventListenerOrEventListenerObject | null,
    options?: ListenerOptions | boolean,
  ): void {
    if (!this.#closing.signal.aborted) this.#listeners.add(topic, callback, options)
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
      this.#fanOut(topic, event.detail)
      return true
    } catch (thrown) {
      this.#onError(CodedError.from(thrown), { kind: 'publish', topic })
      return false
    }
  }

  async publish(envelope: EventEnvelope): Promise<number> {
    const topic = publishableTopic(envelope)
    if (this.#closing.signal.aborted) throw targetClosed()
    return this.#fanOut(topic, envelope)
  }

  async subscribed(topic: string): Promise<void> {
    if (this.#closing.signal.aborted) throw targetClosed()
    if (!this.#listeners.has(topic)) throw new CodedError('CONFLICT', 'the topic has no listener')
  }

  addConnection(socket: WebSocketLike, identity?: TIdentity): SpokeEventTarget<TIdentity> {
    if (this.#closing.signal.aborted) throw targetClosed()
    const present = this.#bySocket.get(socket)
    if (present) return present
    const connection = new ServerConnection<TIdentity>({
      identity: identity as TIdentity,
      socket,
      maxBufferedAmount: this.#args.maxBufferedAmount ?? 1_048_576,
      maxMessageBytes: this.#maxMessageBytes,
      onError: (error, context) => this.#onError(error, { ...context, connection }),
      onFull: (_connection, bufferedAmount) => this.#full(connection, bufferedAmount),
      onClose: () => {
        detach()
        requests.close()
        for (const topic of connection.topics) this.#unsubscribe(connection, topic)
        this.#bySocket.delete(socket)
        this.#args.onDisconnection?.(connection, socket)
      },
    })
    const requests = this.#requestsOf(connection)
    const detach = attach(socket, {
      onMessage: (data) => this.#receive(connection, requests, data),
      onClose: () => connection.end(new CodedError('UNAVAILABLE', 'the connection has ended')),
      onError: (cause) => {
        const error = new CodedError('UNAVAILABLE', 'the socket failed', { cause })
        this.#onError(error, { kind: 'transport', connection })
      },
    })
    this.#bySocket.set(socket, connection)
    this.#args.onConnection?.(connection, socket)
    return connection
  }

  removeConnection(socket: WebSocketLike): void {
    void this.#bySocket.get(socket)?.close()
  }

  originOf(event: TypedEvent): SpokeEventTarget<TIdentity> | undefined {
    return this.#origins.get(event)
  }

  close(): Promise<void> {
    const reason = new CodedError('ABORTED', 'the event target was closed')
    this.#listeners.clear()
    for (const connection of this.#bySocket.values()) connection.end(reason)
    this.#closing.abort(reason)
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #requestsOf(connection: ServerConnection<TIdentity>): TopicRequests {
    return new TopicRequests({
      topics: connection.topics,
      maxTopics: this.#args.maxTopics ?? 1024,
      maxPending: this.#args.maxPendingRequests ?? 1024,
      authorizeTimeoutMs: this.#args.authorizeTimeoutMs ?? 5000,
      authorize: (topic) => this.#args.authorizeSubscribe(topic, connection),
      onSubscribe: (topic) => this.#subscribe(connection, topic),
      onUnsubscribe: (topic) => this.#unsubscribe(connection, topic),
      answer: (envelope) => connection.write(encodeMessage(envelope, Infinity)),
      onError: (error, topic) => this.#onError(error, { kind: 'subscribe', topic, connection }),
    })
  }

  #subscribe(connection: ServerConnection<TIdentity>, topic: string): void {
    connection.topics.add(topic)
    const connections = this.#byTopic.get(topic)
    if (connections) connections.add(connection)
    else this.#byTopic.set(topic, new Set([connection]))
  }

  #unsubscribe(connection: ServerConnection<TIdentity>, topic: string): void {
    connection.topics.delete(topic)
    const connections = this.#byTopic.get(topic)
    connections?.delete(connection)
    if (connections?.size === 0) this.#byTopic.delete(topic)
  }

  /** Serialised once, whatever the number of connections; not at all without one. */
  #fanOut(topic: string, envelope: EventEnvelope): number {
    const connections = this.#byTopic.get(topic)
    if (!connections) return 0
    const text = encodeMessage(envelope, this.#maxMessageBytes)
    let receivers = 0
    for (const connection of connections) if (connection.write(text)) receivers += 1
    return receivers
  }

  #receive(connection: ServerConnection<TIdentity>, requests: TopicRequests, data: unknown): void {
    try {
      const envelope = decodeMessage(data, this.#maxMessageBytes)
      if (envelope.type === ControlType.SUBSCRIBE || envelope.type === ControlType.UNSUBSCRIBE) {
        requests.take(envelope)
      } else if (envelope.type === ControlType.PING) {
        connection.write(encodeMessage(control(ControlType.PONG, undefined), Infinity))
      } else if (!envelope.type.startsWith(reservedPrefix)) {
        this.#deliver(connection, envelope)
      }
    } catch (thrown) {
      const error = CodedError.from(thrown)
      this.#onError(error, { kind: 'malformed', connection })
      if (error.code === 'PAYLOAD_TOO_LARGE') this.#drop(connection, 1009, 'message too large')
      if (error.code === 'OVERLOADED') this.#drop(connection, 1013, 'too many requests')
    }
  }

  #deliver(connection: ServerConnection<TIdentity>, envelope: EventEnvelope): void {
    if (this.#args.authorizePublish && !this.#args.authorizePublish(envelope, connection)) return
    const topic = topicOf(envelope.type, envelope.id)
    const event: TypedEvent = new CustomEvent(topic, { detail: envelope })
    this.#origins.set(event, connection)
    connection.receive(event)
    this.#listeners.dispatch(event)
  }

  #full(connection: ServerConnection<TIdentity>, bufferedAmount: number): void {
    if (this.#args.onBackpressure?.(connection.socket, bufferedAmount) === 'drop') return
    this.#drop(connection, 1013, 'too slow')
  }

  #drop(connection: ServerConnection<TIdentity>, code: number, reason: string): void {
    const { socket } = connection
    connection.end(new CodedError('OVERLOADED', `the connection was closed: ${reason}`))
    // There may be no other listener, and an error of `ws` without a listener ends the process.
    socket.addEventListener('error', () => {})
    socket.close(code, reason)
    if (!socket.terminate) return
    const timer = setTimeout(() => socket.terminate?.(), this.#args.closeTimeoutMs ?? 1000)
    socket.addEventListener('close', () => clearTimeout(timer))
  }
}
