import type { BrokerContext } from '../context.ts'
import { drainSockets } from '../connection/drain-sockets.ts'

const LOOK_MS = 200
/** The gateway cuts what is left when its own budget ends; the largest that may be configured. */
const LONGEST_MS = 600_000

/**
 * Looks which gateways drain, and asks the sockets that they pass on to attach elsewhere: a gateway can't speak on them, and their
 * peers would only hear of its end when they are cut off.
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
