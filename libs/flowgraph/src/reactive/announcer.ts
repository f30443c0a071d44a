import type { WorkflowEvent } from './events.ts'
import type { Transition } from './machine.ts'

/** Tells of events that entered the log and of changes of status, in order; what is caused meanwhile is told of in its turn. */
export class Announcer {
  readonly #onEvent: ((event: WorkflowEvent) => void) | undefined
  readonly #listeners = new Set<(transition: Transition) => void>()
  readonly #events: WorkflowEvent[] = []
  #transitions: Transition[] = []
  #telling = false

  constructor(onEvent: ((event: WorkflowEvent) => void) | undefined) {
    this.#onEvent = onEvent
  }

  event(event: WorkflowEvent): void {
    this.#events.push(event)
  }

  transition(transition: Transition): void {
    this.#transitions.push(transition)
  }

  /** Nobody is told of what changed until now. */
  forgetTransitions(): void {
    this.#transitions = []
  }

  listen(listener: (transition: Transition) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(): void {
    if (this.#telling) return
    this.#telling = true
    try {
      for (;;) {
        // One at a time: what is left when a callback throws is told of next time.
        const event = this.#events.shift()
        const transition = event === undefined ? this.#transitions.shift() : undefined
        if (event !== undefined) this.#onEvent?.(event)
        else if (transition === undefined) return
        else for (const listener of this.#listeners) listener(transition)
      }
    } finally {
      this.#telling = false
    }
  }

  end(): void {
    this.#listeners.clear()
  }
}
