import { instanceTopic } from '../transport/transport.ts'
import type { Transport } from '../transport/transport.ts'

/** Consecutive pings that may stay unanswered. */
const MAX_UNANSWERED = 3

/**
 * Checks that messages published to this instance arrive: with each renewal of the lease the instance sends itself a ping. A subscribing
 * connection that is dead without an error (or that Redis has dropped) is replaced. It counts pings instead of time, so that a process
 * that was blocked or stopped does not mistake its own pause for a dead connection.
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
