import { CodedError } from '@alkdev/errors'
import { backoff } from '@alkdev/std'
import { ClientTopics } from './client-topics.ts'
import { control, ControlType } from './control.ts'
import type { TopicControl } from './control.ts'
import { guarded, targetClosed, withDeadline } from './faults.ts'
import { Liveness } from './liveness.ts'
import { Outbox } from './outbox.ts'
import type { OutboxLimits, WriteResult } from './outbox.ts'
import { TopicListeners } from './topic-listeners.ts'
import { dispatchableTopic, publishableTopic, reservedPrefix, topicOf } from './topic.ts'
import { attach, decodeMessage, encodeMessage, SocketState } from './websocket-like.ts'
import type { WebSocketLike } from './websocket-like.ts'
import type {
  EventEnvelope,
  FaultHandler,
  ListenerOptions,
  TransportEventTarget,
  TypedEvent,
  TypedEventListenerOrEventListenerObject,
} from './types.ts'

export type { OutboxLimits } from './outbox.ts'
export type { WebSocketLike } from './websocket-like.ts'

/** `connecting`: a socket is being opened. `waiting`: the time before the next attempt. `closed`: permanently. */
export type WebSocketClientState = 'connecting' | 'open' | 'waiting' | 'closed'

export interface WebSocketClientOptions {
  /** Events that can't be sent now. */
  readonly outbox?: OutboxLimits
  /** Bytes in the socket's own buffer above which events wait in the outbox. Default 1 MiB. */
  readonly maxBufferedAmount?: number
  /** Bytes of a message, both ways. Default 8 MiB. */
  readonly maxMessageBytes?: number
  /** Milliseconds that `subscribed` waits for the server's answer. Default 5000. */
  readonly confirmTimeoutMs?: number
  /** Milliseconds that opening a socket may take. Default 10 000. */
  readonly connectTimeoutMs?: number
  /**
   * Milliseconds of silence after which the server is asked for a sign of life; after three more the socket counts as lost. Default: never.
   */
  readonly heartbeatMs?: number
  /** Milliseconds between attempts, with jitter. Default 250 to 10 000. */
  readonly backoff?: { readonly baseMs: number; readonly capMs: number }
  /** Whether to open another socket after one has ended with this close code. Default: always. */
  readonly shouldReconnect?: (code: number | undefined) => boolean
  readonly onStateChange?: (state: WebSocketClientState) => void
  readonly onError?: FaultHandler
}

export interface WebSocketClientEventTarget extends TransportEventTarget {
  readonly state: WebSocketClientState
  /** Events that wait in the outbox. */
  readonly waiting: number
  /** Resolves (with undefined: the server does not report receivers) when the event was written to the socket. */
  publish(envelope: EventEnvelope): Promise<undefined>
  /** False when the outbox refused the event; `onError` gets the reason, also for later failures. */
  dispatchEvent(event: TypedEvent): boolean
}

/** Opens a socket; it may still be connecting when it is returned. */
export type WebSocketConnect = () => WebSocketLike | Promise<WebSocketLike>

/**
 * Events over one WebSocket, one JSON envelope a text message. Events published go to the server alone. The first listener of
 * a topic asks the server for it, the last one that leaves gives it back.
 *
 * Given a socket (which may still be connecting) the target closes, and its subscriptions end with UNAVAILABLE, when that socket does; the
 * socket itself stays the caller's. Given a function that opens sockets, it owns them: it opens the next one when one is lost,
 * subscribes to all topics again, then sends the events in the outbox. Events that were published to the server
 * meanwhile are lost to this client, as usual for pub/sub; `subscribed` and the state show when it listens again.
 */
export function createWebSocketClientEventTarget(
  socket: WebSocketLike | WebSocketConnect,
  options: WebSocketClientOptions = {},
): WebSocketClientEventTarget {
  const target = new WebSocketClientTarget(options)
  target.start(socket)
  return target
}

class WebSocketClientTarget implements WebSocketClientEventTarget {
  readonly #options: WebSocketClientOptions
  readonly #maxBufferedAmount: number
  readonly #maxMessageBytes: number
  readonly #confirmTimeoutMs: number
  readonly #onError: FaultHandler
  readonly #listeners: TopicListeners
  readonly #topics: ClientTopics
  readonly #outbox: Outbox
  readonly #liveness: Liveness
  readonly #closing = new AbortController()
  #connect: WebSocketConnect | undefined
  #socket: WebSocketLike | undefined
  #detach: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #openedAtMs = Infinity
  #state: WebSocketClientState = 'connecting'

  constructor(options: WebSocketClientOptions) {
    this.#options = options
    this.#maxBufferedAmount = options.maxBufferedAmount ?? 1_048_576
    this.#maxMessageBytes = options.maxMessageBytes ?? 8 * 1024 * 1024
    this.#confirmTimeoutMs = options.confirmTimeoutMs ?? 5000
    this.#onError = guarded(options.onError)
    this.#outbox = new Outbox(options.outbox ?? {}, (text) => this.#write(text))
    this.#topics = new ClientTopics((type, payload) => this.#control(type, payload))
    this.#liveness = new Liveness({
      intervalMs: options.heartbeatMs ?? Infinity,
      probe: () => this.#control(ControlType.PING),
      onSilent: () => this.#giveUp('the server is silent'),
    })
    this.#listeners = new TopicListeners({
      onError: this.#onError,
      onFirst: (topic) => this.#topics.open(topic),
      onLast: (topic) => this.#topics.drop(topic),
    })
  }

  start(socket: WebSocketLike | WebSocketConnect): void {
    if (typeof socket !== 'function') return this.#adopt(socket)
    this.#connect = socket
    void this.#open(socket)
  }

  get state(): WebSocketClientState {
    return this.#state
  }

  get waiting(): number {
    return this.#outbox.length
  }

  get closeSignal(): AbortSignal {
    return this.#closing.signal
  }

  addEventListener(
    topic: string,
    callback: TypedEventListenerOrEventListenerObject | null,
    options?: ListenerOptions | boolean,
  ): void {
    if (this.#state !== 'closed') this.#listeners.add(topic, callback, options)
  }

  removeEventListener(
    topic: string,
    callback: TypedEventListenerOrEventListenerObject | null,
  ): void {
    this.#listeners.remove(topic, callback)
  }

  dispatchEvent(event: TypedEvent): boolean {
    const topic = dispatchableTopic(event)
    const failed = (thrown: unknown): false => {
      this.#onError(CodedError.from(thrown), { kind: 'publish', topic })
      return false
    }
    try {
      this.#send(event.detail).catch(failed)
      return true
    } catch (thrown) {
      return failed(thrown)
    }
  }

  async publish(envelope: EventEnvelope): Promise<undefined> {
    publishableTopic(envelope)
    await this.#send(envelope)
  }

  async subscribed(topic: string): Promise<void> {
    if (this.#state === 'closed') throw targetClosed()
    const confirmed = this.#topics.confirmed(topic)
    await withDeadline(confirmed, this.#confirmTimeoutMs, `the subscription of ${topic}`)
  }

  close(): Promise<void> {
    this.#end(new CodedError('ABORTED', 'the event target was closed'))
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #send(envelope: EventEnvelope): Promise<void> {
    if (this.#state === 'closed') throw targetClosed()
    return this.#outbox.put(encodeMessage(envelope, this.#maxMessageBytes))
  }

  #write(text: string): WriteResult {
    const socket = this.#socket
    if (socket?.readyState !== SocketState.OPEN) return 'closed'
    if (socket.bufferedAmount > this.#maxBufferedAmount) return 'full'
    try {
      socket.send(text)
      return 'written'
    } catch (thrown) {
      this.#fault('the socket did not take a message', thrown)
      return 'closed'
    }
  }

  /** Topics are not queued. A socket that is so full that it can't even take them is given up. */
  #control(type: ControlType, payload?: TopicControl): void {
    const socket = this.#socket
    if (socket?.readyState !== SocketState.OPEN) return
    if (socket.bufferedAmount > 2 * this.#maxBufferedAmount) {
      this.#giveUp('the socket takes nothing any more')
    } else {
      socket.send(encodeMessage(control(type, payload), this.#maxMessageBytes))
    }
  }

  async #open(connect: WebSocketConnect): Promise<void> {
    this.#enter('connecting')
    try {
      const socket = await connect()
      hush(socket)
      if (this.#state === 'closed') socket.close(1000)
      else this.#adopt(socket)
    } catch (thrown) {
      if (this.#state === 'closed') return
      this.#fault('a socket could not be opened', thrown)
      this.#lost(undefined)
    }
  }

  #adopt(socket: WebSocketLike): void {
    this.#socket = socket
    this.#detach = attach(socket, {
      onOpen: () => this.#opened(),
      onMessage: (data) => this.#receive(data),
      onClose: (code) => this.#lost(code),
      onError: (error) => this.#fault('the socket failed', error),
    })
    if (socket.readyState === SocketState.OPEN) return this.#opened()
    if (socket.readyState !== SocketState.CONNECTING) return this.#lost(undefined)
    this.#timer = setTimeout(() => {
      this.#giveUp('the socket did not open in time')
    }, this.#options.connectTimeoutMs ?? 10_000)
  }

  #giveUp(why: string): void {
    const owned = this.#connect && this.#socket
    this.#fault(why, undefined)
    this.#lost(undefined)
    owned?.close()
  }

  #opened(): void {
    clearTimeout(this.#timer)
    this.#openedAtMs = performance.now()
    this.#liveness.start()
    this.#enter('open')
    this.#topics.connected()
    this.#outbox.flush()
  }

  #lost(code: number | undefined): void {
    this.#release()
    this.#topics.disconnected()
    const details = code === undefined ? {} : { closeCode: code }
    const connect = this.#connect
    if (!connect || this.#options.shouldReconnect?.(code) === false) {
      return this.#end(new CodedError('UNAVAILABLE', 'the socket has closed', { details }))
    }
    this.#enter('waiting')
    const times = this.#options.backoff ?? { baseMs: 250, capMs: 10_000 }
    // Only a connection that lasted resets the delays, to protect a server that accepts and closes.
    if (performance.now() - this.#openedAtMs > times.capMs) this.#attempt = 0
    this.#openedAtMs = Infinity
    const delayMs = backoff(this.#attempt++, times)
    this.#timer = setTimeout(() => void this.#open(connect), delayMs)
  }

  #end(reason: CodedError): void {
    if (this.#state === 'closed') return
    const owned = this.#connect === undefined ? undefined : this.#socket
    this.#listeners.clear()
    this.#topics.close()
    this.#release()
    owned?.close(1000)
    this.#enter('closed')
    this.#outbox.close(targetClosed())
    this.#closing.abort(reason)
  }

  #release(): void {
    clearTimeout(this.#timer)
    this.#liveness.stop()
    this.#detach?.()
    this.#detach = undefined
    this.#socket = undefined
  }

  #enter(state: WebSocketClientState): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onStateChange?.(state)
  }

  #fault(message: string, cause: unknown): void {
    this.#onError(new CodedError('UNAVAILABLE', message, { cause }), { kind: 'transport' })
  }

  #receive(data: unknown): void {
    this.#liveness.onData()
    try {
      const envelope = decodeMessage(data, this.#maxMessageBytes)
      if (envelope.type === ControlType.SUBSCRIBED || envelope.type === ControlType.REFUSED) {
        this.#topics.answered(envelope)
      } else if (!envelope.type.startsWith(reservedPrefix)) {
        const topic = topicOf(envelope.type, envelope.id)
        this.#listeners.dispatch(new CustomEvent(topic, { detail: envelope }))
      }
    } catch (thrown) {
      this.#onError(CodedError.from(thrown), { kind: 'malformed' })
    }
  }
}

/** A socket of `ws` that is closed while it connects fails later, and an error without a listener ends the process. */
function hush(socket: WebSocketLike): void {
  socket.addEventListener('error', () => {})
}
