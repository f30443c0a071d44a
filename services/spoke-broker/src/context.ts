import { createRateLimiter, LeasedLimiter } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import type { Connection } from './connection/connection.ts'
import { Farewells } from './connection/farewells.ts'
import { Heartbeat } from './connection/heartbeat.ts'
import type { Peer } from './connection/peer.ts'
import { createEvents } from './events.ts'
import type { BrokerEvents } from './events.ts'
import { SchemaChecks } from './schemas/schema-checks.ts'
import { AttachedSpokes } from './spokes/attached-spokes.ts'
import { Departures } from './spokes/departures.ts'

/** What the broker holds. */
export interface BrokerContext {
  readonly runtime: ServiceRuntime<'spoke-broker'>
  readonly events: BrokerEvents
  readonly heartbeat: Heartbeat
  /** Checks large schemas, and values against them, beside the event loop. */
  readonly schemas: SchemaChecks
  /** Every open socket, of spokes and of clients, and what speaks on it. */
  readonly connections: Map<Connection, Peer>
  /** Sockets that are closed when nothing is in flight on them. */
  readonly farewells: Farewells
  /** The spokes whose newest attachment is here. */
  readonly spokes: AttachedSpokes
  /** How many calls each key, account and organization may make. */
  readonly limits: LeasedLimiter
  /** Ends of attachments on their way to the registry. */
  readonly departures: Departures
}

export function createContext(runtime: ServiceRuntime<'spoke-broker'>): BrokerContext {
  const { bus, db, logger } = runtime
  const { heartbeatMs, missedHeartbeats } = runtime.config.spokes
  const events = createEvents(runtime)
  const heartbeat = new Heartbeat(heartbeatMs, missedHeartbeats)
  runtime.onClose('heartbeat', () => heartbeat.stop())
  const { limiter, refused } = createRateLimiter(runtime)
  const limits = new LeasedLimiter(limiter, refused)
  runtime.onClose('leases of calls', () => limits.stop())
  const schemas = new SchemaChecks()
  runtime.onClose('checks of large schemas', () => schemas.close())
  return {
    runtime,
    events,
    heartbeat,
    schemas,
    connections: new Map(),
    farewells: new Farewells(),
    spokes: new AttachedSpokes(),
    limits,
    departures: new Departures({
      bus,
      db,
      events,
      onFailed: (error, { name }) =>
        logger.warn({ err: error, spoke: name }, 'the end of a spoke could not be recorded yet'),
    }),
  }
}
