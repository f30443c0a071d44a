import { CodedError } from '@alkdev/errors'
import { isNestedDeeper } from '@alkdev/std'
import { control, ControlType } from './control.ts'
import { guarded, malformed, MAX_MESSAGE_DEPTH, targetClosed, tooDeep } from './faults.ts'
import { TopicListeners } from './topic-listeners.ts'
import {
  dispatchableTopic,
  isEnvelope,
  publishableTopic,
  reservedPrefix,
  topicOf,
} from './topic.ts'
import type {
  EventEnvelope,
  FaultHandler,
  ListenerOptions,
  TransportEventTarget,
  TypedEvent,
  TypedEventListenerOrEventListenerObject,
} from './types.ts'
import { listenToPort, threadPort } from './worker-port.ts'
import type { WorkerPort } from './worker-port.ts'

export type { NodeMessagePort, WebMessagePort, WorkerPort } from './worker-port.ts'

export interface WorkerEventTargetOptions {
  /**
   * Events posted that the other side has not taken yet; more are refused with OVERLOADED. Both sides should have the same. Default 1024.
   * Infinity for another side that does not count.
   */
  readonly maxInFlight?: number
  readonly onError?: FaultHandler
}

export interface WorkerEventTarget extends TransportEventTarget {
  /** Resolves (with undefined: the other side does not tell receivers) when the event was posted. */
  publish(envelope: EventEnvelope): Promise<undefined>
  /** False when the event was refused; `onError` gets the reason. */
  dispatchEvent(event: TypedEvent): boolean
}

/**
 * The side that owns a worker: a Web Worker or one of node:worker_threads; a MessagePort will do as well. Ends with UNAVAILABLE when the
 * worker exits.
 */
export function createWorkerHostEventTarget(
  worker: WorkerPort,
  options: WorkerEventTargetOptions = {},
): WorkerEventTarget {
  return new WorkerTarget(worker, options)
}

/**
 * The side inside a worker. Default port: that of the worker this runs in.
 * Throws UNAVAILABLE when it is not a worker.
 */
export function createWorkerThreadEventTarget(
  options: WorkerEventTargetOptions & { readonly port?: WorkerPort } = {},
): WorkerEventTarget {
  const port = options.port ?? threadPort()
  if (!port) throw new CodedError('UNAVAILABLE', 'this is not running inside a worker')
  return new WorkerTarget(port, options)
}

/**
 * Events between the two sides of a message port, by structured clone. What is published goes to the other side alone. Ports
 * queue without a limit and do not tell how much; so each side counts what it takes and says so every quarter of
 * `maxInFlight`, and the other posts no more than that ahead.
 */
class WorkerTarget implements WorkerEventTarget {
  readonly #port: WorkerPort
  readonly #maxInFlight: number
  readonly #onError: FaultHandler
  readonly #listeners: TopicListeners
  readonly #detach: () => void
  readonly #closing = new AbortController()
  #inFlight = 0
  #taken = 0

  constructor(port: WorkerPort, options: WorkerEventTargetOptions) {
    this.#port = port
    this.#maxInFlight = options.maxInFlight ?? 1024
    if (!(this.#maxInFlight >= 1)) {
      throw new CodedError('VALIDATION_ERROR', 'maxInFlight must be at least 1')
    }
    this.#onError = guarded(options.onError)
    this.#listeners = new TopicListeners({ onError: this.#onError })
    this.#detach = listenToPort(port, {
      onMessage: (value) => this.#receive(value),
      onMessageError: (cause) => this.#malformed('a message could not be read', cause),
      onError: (cause) => this.#fault('the worker failed', cause),
      onExit: () => this.#end(new CodedError('UNAVAILABLE', 'the worker has ended')),
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
      this.#post(event.detail)
      return true
    } catch (thrown) {
      this.#onError(CodedError.from(thrown), { kind: 'publish', topic })
      return false
    }
  }

  async publish(envelope: EventEnvelope): Promise<undefined> {
    publishableTopic(envelope)
    this.#post(envelope)
  }

  /** Nothing to wait for: whatever is posted from here on comes to the listeners that are there. */
  async subscribed(topic: string): Promise<void> {
    if (this.#closing.signal.aborted) throw targetClosed()
    if (!this.#listeners.has(topic)) throw new CodedError('CONFLICT', 'the topic has no listener')
  }

  close(): Promise<void> {
    this.#end(new CodedError('ABORTED', 'the event target was closed'))
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #post(envelope: EventEnvelope): void {
    if (this.#closing.signal.aborted) throw targetClosed()
    if (this.#inFlight >= this.#maxInFlight) {
      throw new CodedError('OVERLOADED', `${this.#maxInFlight} events have not been taken yet`)
    }
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origin
      this.#port.postMessage(envelope)
    } catch (thrown) {
      throw malformed('the envelope cannot be cloned', thrown)
    }
    this.#inFlight += 1
  }

  #receive(value: unknown): void {
    if (!isEnvelope(value)) return this.#malformed('a message is no envelope', undefined)
    if (value.type === ControlType.RECEIVED) return this.#received(value)
    if (value.type.startsWith(reservedPrefix)) return
    if (isNestedDeeper(value, MAX_MESSAGE_DEPTH)) this.#onError(tooDeep(), { kind: 'malformed' })
    else this.#dispatch(value)
    // One that was refused counts as taken too: the other side must not wait for it.
    this.#taken += 1
    if (this.#taken < this.#maxInFlight / 4) return
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origin
    this.#port.postMessage(control(ControlType.RECEIVED, { count: this.#taken }))
    this.#taken = 0
  }

  #dispatch(envelope: EventEnvelope): void {
    const topic = topicOf(envelope.type, envelope.id)
    this.#listeners.dispatch(new CustomEvent(topic, { detail: envelope }))
  }

  #received(envelope: EventEnvelope): void {
    const { count } = (envelope.payload ?? {}) as { readonly count?: unknown }
    if (typeof count !== 'number' || !(count >= 0)) {
      return this.#malformed(`${envelope.type} without a count`, undefined)
    }
    this.#inFlight = Math.max(0, this.#inFlight - count)
  }

  #malformed(message: string, cause: unknown): void {
    this.#onError(malformed(message, cause), { kind: 'malformed' })
  }

  #fault(message: string, cause: unknown): void {
    this.#onError(new CodedError('UNAVAILABLE', message, { cause }), { kind: 'transport' })
  }

  #end(reason: CodedError): void {
    if (this.#closing.signal.aborted) return
    this.#detach()
    this.#listeners.clear()
    this.#closing.abort(reason)
  }
}
