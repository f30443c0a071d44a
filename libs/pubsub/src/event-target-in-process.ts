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

export interface InProcessEventTargetOptions {
  /** Gets what listeners throw. Default: rethrown in a microtask. */
  readonly onError?: FaultHandler
}

export type InProcessEventTarget = TransportEventTarget

/**
 * Events inside one process. Dispatch is synchronous and holds nothing; `publish` resolves with the number of listeners
 * called. Unlike `new EventTarget()` it closes, counts, and does not warn of many listeners on a topic.
 */
export function createInProcessEventTarget(
  options: InProcessEventTargetOptions = {},
): InProcessEventTarget {
  return new InProcessTarget(options)
}

class InProcessTarget implements InProcessEventTarget {
  readonly #listeners: TopicListeners
  readonly #closing = new AbortController()

  constructor(options: InProcessEventTargetOptions) {
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
    dispatchableTopic(event)
    this.#listeners.dispatch(event)
    return !this.#closing.signal.aborted
  }

  publish(envelope: EventEnvelope): Promise<number> {
    return new Promise((resolve) => {
      if (this.#closing.signal.aborted) throw targetClosed()
      const topic = publishableTopic(envelope)
      resolve(this.#listeners.dispatch(new CustomEvent(topic, { detail: envelope })))
    })
  }

  subscribed(topic: string): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(targetClosed())
    if (this.#listeners.has(topic)) return Promise.resolve()
    return Promise.reject(new CodedError('CONFLICT', 'the topic has no listener'))
  }

  close(): Promise<void> {
    this.#listeners.clear()
    this.#closing.abort(new CodedError('ABORTED', 'the event target was closed'))
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
