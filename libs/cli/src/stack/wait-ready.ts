import { OperatorError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import { httpFetch } from '@alkdev/std/fetch'

export interface ReadyTarget {
  readonly name: string
  readonly url: string
  readonly logFile: string
  /** True while the process runs. */
  readonly alive: () => boolean
  /** The last line of its output that concerns an operator. */
  readonly lastWords: () => string
}

/** Waits until `/readyz` answers 200, 60 s at most. Throws OperatorError as soon as the process has ended. */
export async function waitReady(target: ReadyTarget, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    signal.throwIfAborted()
    if (!target.alive())
      throw new OperatorError(
        `${target.name} stopped while starting: ${target.lastWords()}`,
        `All it said is in ${target.logFile}.`,
      )
    const status = await httpFetch(`${target.url}/readyz`, {
      signal: AbortSignal.timeout(2000),
    }).then(
      async (response) => {
        await response.body?.cancel()
        return response.status
      },
      () => 0,
    )
    if (status === 200) return
    if (Date.now() > deadline)
      throw new OperatorError(
        `${target.name} was not ready after 60 s.`,
        `What it waits for is at ${target.url}/health and in ${target.logFile}.`,
      )
    await sleep(50, signal)
  }
}
