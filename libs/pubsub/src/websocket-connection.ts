import { CodedError } from '@alkdev/errors'
import { guarded, targetClosed } from './faults.ts'
import { TopicListeners } from './topic-listeners.ts'
import { dispatchableTopic, publishableTopic } from './topic.ts'
import type {
  EventEnvelope,
  FaultHandler,
  ListenerOptions,
  TransportEventTarget,
  TypedEvent,
  TypedEventListenerOrEventListenerObject,
} from './types.ts'
import { encodeMessage, SocketState } from './websocket-like.ts'
import type { WebSocketLike } from './websocket-like.ts'

/**
 * One connection of a server. Its listeners receive only what this connection sends; what is published goes to this connection
 * if it has subscribed to the topic (`publish` resolves with 1, else 0). Its signal aborts with UNAVAILABLE when the connection ends.
 */
export interface SpokeEventTarget<TIdentity = undefined> extends TransportEventTarget {
  /** The identity that was passed to `addConnection`. */
  readonly identity: TIdentity
  readonly socket: WebSocketLike
  /** The topics it has subscribed to. */
  readonly topics: ReadonlySet<string>
  publish(envelope: EventEnvelope): Promise<number>
}

export interface ConnectionOptions<TIdentity> {
  readonly identity: TIdentity
  readonly socket: WebSocketLike
  readonly maxBufferedAmount: number
  readonly maxMessageBytes: number
  readonly onError: FaultHandler
  /** The buffer is over the limit: drop this message, or close the connection. */
  readonly onFull: (connection: ServerConnection<TIdentity>, bufferedAmount: number) => void
  readonly onClose: (connection: ServerConnection<TIdentity>) => void
}

export class ServerConnection<TIdentity> implements SpokeEventTarget<TIdentity> {
  readonly identity: TIdentity
  readonly socket: WebSocketLike
  readonly topics = new Set<string>()
  readonly #options: ConnectionOptions<TIdentity>
  readonly #listeners: TopicListeners
  readonly #closing = new AbortController()

  constructor(options: ConnectionOptions<TIdentity>) {
    this.identity = options.identity
    this.socket = options.socket
    this.#options = options
    this.#listeners = new TopicListeners({ onError: guarded(options.onError) })
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
      if (this.topics.has(topic)) this.#send(event.detail)
      return true
    } catch (thrown) {
      this.#options.onError(CodedError.from(thrown), { kind: 'publish', topic })
      return false
    }
  }

  async publish(envelope: EventEnvelope): Promise<number> {
    const topic = publishableTopic(envelope)
    if (this.#closing.signal.aborted) throw targetClosed()
    return this.topics.has(topic) && this.#send(envelope) ? 1 : 0
  }

  async subscribed(topic: string): Promise<void> {
    if (this.#closing.signal.aborted) throw targetClosed()
    if (!this.#listeners.has(topic)) throw new CodedError('CONFLICT', 'the topic has no listener')
  }

  close(): Promise<void> {
    this.end(new CodedError('ABORTED', 'the connection was removed'))
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What came in on this connection. */
  receive(event: TypedEvent): void {
    this.#listeners.dispatch(event)
  }

  end(reason: CodedError): void {
    if (this.#closing.signal.aborted) return
    this.#listeners.clear()
    this.#options.onClose(this)
    this.topics.clear()
    this.#closing.abort(reason)
  }

  /** Hands text to the socket; false when it is not open, or too full. */
  write(text: string): boolean {
    const { socket } = this
    if (this.#closing.signal.aborted || socket.readyState !== SocketState.OPEN) return false
    if (socket.bufferedAmount > this.#options.maxBufferedAmount) {
      this.#options.onFull(this, socket.bufferedAmount)
      return false
    }
    try {
      socket.send(text)
      return true
    } catch (thrown) {
      this.#options.onError(
        new CodedError('UNAVAILABLE', 'the socket did not take a message', { cause: thrown }),
        { kind: 'transport' },
      )
      return false
    }
  }

  #send(envelope: EventEnvelope): boolean {
    return this.write(encodeMessage(envelope, this.#options.maxMessageBytes))
  }
}
