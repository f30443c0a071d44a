import type { BrokerContext } from '../context.ts'

/** Keys also expire without an announced change, and more of them may be in use than the process caches. */
const EVERY_MS = 30_000

/** Checks the keys of all open sockets every 30 s, one key after the other. An unreachable database closes no socket. */
export function sweepKeys({ runtime }: BrokerContext): void {
  const { live, logger } = runtime
  let busy = false
  const sweep = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- sequential on purpose
    for (const keyId of live.keyIds) await live.refresh(keyId)
  }
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    sweep()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'keys of open sockets could not be checked now'),
      )
      .finally(() => (busy = false))
  }, EVERY_MS)
  runtime.onClose('checks of keys', () => clearInterval(timer))
}
