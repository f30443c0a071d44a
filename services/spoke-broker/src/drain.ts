import { CLOSE_CODES } from '@alkdev/contracts'
import { sleep } from '@alkdev/std'
import type { BrokerContext } from './context.ts'
import { followMoves } from './jobs/follow-moves.ts'

const sweepMs = 50

/**
 * Asks every peer to attach elsewhere. A client's socket is closed with 1001 as soon as it has nothing in flight; a spoke's when it
 * has attached elsewhere and answered what it was given. When the budget ends the rest is closed as it is.
 */
export async function drainSockets(context: BrokerContext, signal: AbortSignal): Promise<void> {
  const { config, logger } = context.runtime
  const { reconnectAfterMs } = config.spokes
  for (const connection of context.connections.keys()) {
    connection.askedToMove = true
    connection.send('hub.draining', '', { reconnectAfterMs, timestamp: Date.now() })
  }
  const startedAt = performance.now()
  while (!signal.aborted && context.connections.size > 0) {
    await followMoves(context).catch((error: unknown) =>
      logger.warn({ err: error }, 'moves are unknown'),
    )
    // A peer that has not moved by then has nowhere to go, or does not know the frame.
    const patient = performance.now() - startedAt < reconnectAfterMs + 2000
    for (const [connection, peer] of context.connections)
      if (peer.idle && !(peer.isSpoke && patient)) connection.close(CLOSE_CODES.DRAINED, 'draining')
    await sleep(sweepMs, signal).catch(() => undefined)
  }
  for (const connection of context.connections.keys())
    connection.close(CLOSE_CODES.DRAINED, 'draining')
}
