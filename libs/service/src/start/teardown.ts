import { withTimeout } from '@alkdev/std'
import type { Logger } from 'pino'

type Work = (signal: AbortSignal) => void | Promise<void>

interface Entry {
  readonly what: string
  readonly work: Work
}

/** Waits for `work` for at most `ms`; false when the time ran out. Rejects with what the work rejects with. */
export function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  return withTimeout(
    work.then(() => true),
    { ms, what: 'The work', onTimeout: () => false },
  )
}

/** What is to be ended when the process stops: opened in one order, closed in the reverse one. */
export class Teardown {
  readonly #entries: Entry[] = []
  readonly #logger: () => Logger | undefined

  constructor(logger: () => Logger | undefined) {
    this.#logger = logger
  }

  add(what: string, work: Work): void {
    this.#entries.push({ what, work })
  }

  /**
   * Closes everything, the last one first, each within `eachMs`. One that fails or hangs is logged and does not keep the others
   * from closing. May be called again; what was closed stays closed.
   */
  async close(eachMs: number): Promise<void> {
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      const { what, work } = entry
      const signal = AbortSignal.timeout(eachMs)
      try {
        const done = await within(eachMs, (async () => work(signal))())
        if (!done) this.#logger()?.warn({ what, eachMs }, 'did not close in time')
      } catch (error) {
        this.#logger()?.warn({ what, err: error }, 'failed to close')
      }
    }
  }
}
