import type { BrokerContext } from '../context.ts'
import { drainSockets } from '../connection/drain-sockets.ts'

const LOOK_MS = 200
/** The gateway closes the remaining sockets when its own time is over; this is the largest configurable value. */
const LONGEST_MS = 600_000

/**
 * Finds the gateways that drain, and asks the sockets that they relay to attach again: a gateway can't send frames on them, and their
 * peers would otherwise get no warning before they are closed.
 */
export function drainRelays(context: BrokerContext): void {
  const { runtime } = context
  const draining = new Set<string>()
  const timer = setInterval(() => {
    const relays = new Set<string>()
    for (const { connection } of context.peers) {
      if (connection.relay !== undefined) relays.add(connection.relay)
    }
    for (const relay of relays) {
      if (draining.has(relay) || !runtime.bus.isDraining(relay)) continue
      draining.add(relay)
      const signal = AbortSignal.any([runtime.signal, AbortSignal.timeout(LONGEST_MS)])
      void drainSockets(context, signal, (connection) => connection.relay === relay).finally(() =>
        draining.delete(relay),
      )
    }
  }, LOOK_MS)
  runtime.onClose('moving relayed sockets', () => clearInterval(timer))
}
