import { withTimeout } from '@alkdev/std'
import type { Logger } from 'pino'

type Work = (signal: AbortSignal) => void | Promise<void>

interface Entry {
  readonly what: string
  readonly work: Work
}

/** Waits for `work` for at most `ms`; false after that time. Rejects as the work does. */
export function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  return withTimeout(
    work.then(() => true),
    { ms, what: 'The work', onTimeout: () => false },
  )
}

/** The resources that are closed when the process stops, in the reverse order of their opening. */
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
   * from closing. A second call does nothing.
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
