import { CLOSE_CODES } from '@alkdev/contracts'
import { sleep } from '@alkdev/std'
import type { BrokerContext } from './context.ts'

const SWEEP_MS = 50
/** How long an idle spoke has to attach elsewhere after it was asked to. */
const PATIENCE_MS = 2000

/**
 * Asks every peer to attach elsewhere. A client's socket is closed with 1001 as soon as it has nothing in flight; a spoke's when it
 * has attached elsewhere and answered what it was given, or is idle and had its time to move. When the budget ends the rest is closed.
 */
export async function drainSockets(context: BrokerContext, signal: AbortSignal): Promise<void> {
  const { reconnectAfterMs } = context.runtime.config.spokes
  for (const connection of context.connections.keys()) connection.askToMove(reconnectAfterMs)
  const startedAt = performance.now()
  while (!signal.aborted && context.connections.size > 0) {
    // A peer that has not moved by then has nowhere to go, or does not know the frame.
    const patient = performance.now() - startedAt < reconnectAfterMs + PATIENCE_MS
    for (const [connection, peer] of context.connections)
      if (peer.idle && !(peer.isNewest && patient))
        connection.close(CLOSE_CODES.DRAINED, 'draining')
    await sleep(SWEEP_MS, signal).catch(() => undefined)
  }
  for (const connection of context.connections.keys())
    connection.close(CLOSE_CODES.DRAINED, 'draining')
}
