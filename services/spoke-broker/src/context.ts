import type { ServiceRuntime } from '@alkdev/lifecycle'
import type { Connection } from './connection/connection.ts'
import type { Peer } from './connection/peer.ts'
import { createEvents } from './events.ts'
import type { BrokerEvents } from './events.ts'
import { AttachedSpokes } from './spokes/attached-spokes.ts'
import { Orphans } from './spokes/orphans.ts'

/** What the broker holds. */
export interface BrokerContext {
  readonly runtime: ServiceRuntime<'spoke-broker'>
  readonly events: BrokerEvents
  /** Every open socket, of spokes and of clients, and what speaks on it. */
  readonly connections: Map<Connection, Peer>
  /** The spokes whose newest socket is here. */
  readonly spokes: AttachedSpokes
  /** Resumable calls whose spoke lost its socket a moment ago. */
  readonly orphans: Orphans
}

export function createContext(runtime: ServiceRuntime<'spoke-broker'>): BrokerContext {
  const events = createEvents(runtime)
  const { suspendedMs } = runtime.config.spokes
  return {
    runtime,
    events,
    connections: new Map(),
    spokes: new AttachedSpokes(),
    orphans: new Orphans(suspendedMs),
  }
}
