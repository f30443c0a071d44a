import { CLOSE_CODES } from '@alkdev/contracts'
import { sleep } from '@alkdev/std'
import type { AttachedSpoke } from './attached-spoke.ts'

const handOverMs = 30_000

/**
 * A newer socket attached under the same name. An older one that was asked to move answers what it was given, 30 s at most, and is
 * closed with 1001; any other is closed with 4409 at once.
 */
export function displace(spoke: AttachedSpoke): void {
  spoke.unregister()
  if (!spoke.connection.askedToMove) {
    spoke.connection.close(CLOSE_CODES.REPLACED, 'attached elsewhere')
    return
  }
  void finish(spoke)
}

async function finish(spoke: AttachedSpoke): Promise<void> {
  const deadline = performance.now() + handOverMs
  while (spoke.connection.open && !spoke.idle && performance.now() < deadline) await sleep(20)
  spoke.connection.close(CLOSE_CODES.DRAINED, 'handed over')
}
