import { instanceTopic } from '../transport/transport.ts'
import type { Transport } from '../transport/transport.ts'

/** Beats in a row that may stay unheard. */
const MAX_UNHEARD = 3

/**
 * Proves that what is published to this instance arrives: with each renewal it sends itself a beat. A subscribing connection that
 * is dead without knowing it (or that Redis has dropped) is replaced. Counts beats and not time, so that a process that was
 * blocked or stopped does not take its own sleep for a dead connection.
 */
export class LoopProof {
  readonly #transport: Transport
  #unheard = 0

  constructor(transport: Transport) {
    this.#transport = transport
  }

  beat(instanceId: string): void {
    if (!this.#transport.ready) {
      this.#unheard = 0
      return
    }
    if (this.#unheard >= MAX_UNHEARD) {
      this.#unheard = 0
      this.#transport.renewSubscriptions()
      return
    }
    this.#unheard++
    this.#transport.publish(instanceTopic(instanceId), { k: 'beat', from: instanceId }).then(
      (receivers) => {
        if (receivers === 0) this.#transport.renewSubscriptions()
      },
      () => undefined,
    )
  }

  heard(): void {
    this.#unheard = 0
  }
}
