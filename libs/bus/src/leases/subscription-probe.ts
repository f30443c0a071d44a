import { instanceTopic } from '../transport/transport.ts'
import type { Transport } from '../transport/transport.ts'

/** Pings in a row that may stay unanswered. */
const MAX_UNANSWERED = 3

/**
 * Checks that what is published to this instance arrives: with each renewal of the lease the instance sends itself a ping. A subscribing
 * connection that is dead without knowing it (or that Redis has dropped) is replaced. It counts pings and not time, so that a process
 * that was blocked or stopped does not take its own pause for a dead connection.
 */
export class SubscriptionProbe {
  readonly #transport: Transport
  #unanswered = 0

  constructor(transport: Transport) {
    this.#transport = transport
  }

  ping(instanceId: string): void {
    if (!this.#transport.ready) {
      this.#unanswered = 0
      return
    }
    if (this.#unanswered >= MAX_UNANSWERED) {
      this.#unanswered = 0
      this.#transport.renewSubscriptions()
      return
    }
    this.#unanswered++
    this.#transport.publish(instanceTopic(instanceId), { type: 'ping', from: instanceId }).then(
      (receivers) => {
        if (receivers === 0) this.#transport.renewSubscriptions()
      },
      () => undefined,
    )
  }

  onPong(): void {
    this.#unanswered = 0
  }
}
