import { setImmediate as nextTurn } from 'node:timers/promises'

const maxTurnMs = 10

/** Lets other work of the process run, whenever a long loop has run for 10 ms; throws the signal's reason once it is aborted. */
export class Turns {
  readonly #signal: AbortSignal | undefined
  #since = performance.now()

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
  }

  async take(): Promise<void> {
    this.#signal?.throwIfAborted()
    if (performance.now() - this.#since < maxTurnMs) return
    await nextTurn()
    this.#signal?.throwIfAborted()
    this.#since = performance.now()
  }
}
