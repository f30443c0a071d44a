import { listenerFault } from './faults.ts'
import type {
  FaultHandler,
  ListenerOptions,
  TypedEvent,
  TypedEventListenerOrEventListenerObject,
} from './types.ts'

type Callback = TypedEventListenerOrEventListenerObject

interface Entry {
  readonly callback: Callback
  readonly once: boolean
  readonly order: number
  readonly forget: (() => void) | undefined
}

export interface TopicListenersOptions {
  readonly onError: FaultHandler
  /** Called when a topic gets its first listener. */
  readonly onFirst?: (topic: string) => void
  /** Called when a topic has lost its last listener. */
  readonly onLast?: (topic: string) => void
}

/**
 * Listeners by topic, with EventTarget's rules: a callback is registered once per topic, one that is removed during a
 * dispatch is not called any more, one that is added during a dispatch is not called yet, `once` and `signal` work,
 * null does nothing. What a listener throws goes to `onError` and does not stop the other listeners.
 */
export class TopicListeners {
  readonly #topics = new Map<string, Map<Callback, Entry>>()
  readonly #options: TopicListenersOptions
  #order = 0

  constructor(options: TopicListenersOptions) {
    this.#options = options
  }

  add(topic: string, callback: Callback | null, options?: ListenerOptions | boolean): void {
    if (callback === null) return
    const { once = false, signal } = typeof options === 'object' ? options : {}
    if (signal?.aborted) return
    let entries = this.#topics.get(topic)
    if (entries?.has(callback)) return
    const onAbort = signal && ((): void => this.remove(topic, callback))
    if (onAbort) signal.addEventListener('abort', onAbort, { once: true })
    const forget = onAbort && ((): void => signal.removeEventListener('abort', onAbort))
    const first = entries === undefined
    if (!entries) this.#topics.set(topic, (entries = new Map<Callback, Entry>()))
    entries.set(callback, { callback, once, order: this.#order++, forget })
    if (first) this.#options.onFirst?.(topic)
  }

  remove(topic: string, callback: Callback | null): void {
    const entries = this.#topics.get(topic)
    const entry = callback === null ? undefined : entries?.get(callback)
    if (!entries || !entry) return
    entries.delete(entry.callback)
    entry.forget?.()
    if (entries.size > 0) return
    this.#topics.delete(topic)
    this.#options.onLast?.(topic)
  }

  has(topic: string): boolean {
    return this.#topics.has(topic)
  }

  topics(): IterableIterator<string> {
    return this.#topics.keys()
  }

  /** Calls the listeners of `event.type`; the number called. */
  dispatch(event: TypedEvent): number {
    const entries = this.#topics.get(event.type)
    if (!entries) return 0
    const end = this.#order
    let called = 0
    for (const entry of entries.values()) {
      if (entry.order >= end) break
      if (entry.once) this.remove(event.type, entry.callback)
      called += 1
      try {
        if (typeof entry.callback === 'function') entry.callback(event)
        else entry.callback.handleEvent(event)
      } catch (thrown) {
        this.#options.onError(listenerFault(thrown), { kind: 'listener', topic: event.type })
      }
    }
    return called
  }

  /** Removes everything; `onLast` is called for each topic. */
  clear(): void {
    for (const [topic, entries] of this.#topics) {
      for (const entry of entries.values()) entry.forget?.()
      this.#topics.delete(topic)
      this.#options.onLast?.(topic)
    }
  }
}
