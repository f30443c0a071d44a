import { CLOSE_CODES } from '@alkdev/contracts'
import { sleep } from '@alkdev/std'
import type { Connection } from './connection.ts'
import type { Peer } from './peer.ts'
import type { BrokerContext } from '../context.ts'

const SWEEP_MS = 50
/** How long an idle spoke has to attach to another instance after the request. */
const PATIENCE_MS = 2000
/** How long a client's socket stays open after the request to move: calls that it sent before it received the request are still answered. */
const CROSSING_MS = 1000

/**
 * Asks the peers of some sockets to attach to another instance. A client's socket is closed with 1001 when no call is in flight on it, a second later at the
 * earliest; a spoke's a second after it has attached again, when it has answered its calls, or when it is idle and its time to move is over. When the
 * signal aborts the remaining sockets are closed.
 */
export async function drainSockets(
  context: BrokerContext,
  signal: AbortSignal,
  among: (connection: Connection) => boolean,
): Promise<void> {
  const { reconnectAfterMs } = context.runtime.config.spokes
  const startedAt = performance.now()
  const left = (): Peer[] => [...context.peers].filter(({ connection }) => among(connection))
  while (!signal.aborted) {
    const waiting = left()
    if (waiting.length === 0) return
    const elapsedMs = performance.now() - startedAt
    for (const peer of waiting) {
      const { connection } = peer
      connection.askToMove(reconnectAfterMs)
      if (peer.idle && elapsedMs >= patienceMs(peer, reconnectAfterMs))
        connection.close(CLOSE_CODES.DRAINED, 'draining')
    }
    await sleep(SWEEP_MS, signal).catch(() => undefined)
  }
  for (const { connection } of left()) connection.close(CLOSE_CODES.DRAINED, 'draining')
}

/** A peer that has not moved by then has no other instance, or does not know the frame. */
function patienceMs(peer: Peer, reconnectAfterMs: number): number {
  if (peer.isNewest) return reconnectAfterMs + PATIENCE_MS
  // The socket of a spoke that has attached again is closed by the hand-over (replaceAttachment).
  return peer.spoke ? Number.POSITIVE_INFINITY : CROSSING_MS
}
