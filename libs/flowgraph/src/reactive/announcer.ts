import type { WorkflowEvent } from './events.ts'
import type { Transition } from './machine.ts'

/** Notifies of log events and status changes, in order. Events that a callback causes follow after the present ones. */
export class Announcer {
  readonly #onEvent: ((event: WorkflowEvent) => void) | undefined
  readonly #listeners = new Set<(transition: Transition) => void>()
  readonly #events: WorkflowEvent[] = []
  #transitions: Transition[] = []
  #notifying = false

  constructor(onEvent: ((event: WorkflowEvent) => void) | undefined) {
    this.#onEvent = onEvent
  }

  event(event: WorkflowEvent): void {
    this.#events.push(event)
  }

  transition(transition: Transition): void {
    this.#transitions.push(transition)
  }

  /** Drops the pending status changes without a notification. */
  forgetTransitions(): void {
    this.#transitions = []
  }

  listen(listener: (transition: Transition) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  notify(): void {
    if (this.#notifying) return
    this.#notifying = true
    try {
      for (;;) {
        // One at a time: when a callback throws, the rest follows with the next call.
        const event = this.#events.shift()
        const transition = event === undefined ? this.#transitions.shift() : undefined
        if (event !== undefined) this.#onEvent?.(event)
        else if (transition === undefined) return
        else for (const listener of this.#listeners) listener(transition)
      }
    } finally {
      this.#notifying = false
    }
  }

  end(): void {
    this.#listeners.clear()
  }
}
