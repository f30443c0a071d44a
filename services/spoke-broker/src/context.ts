import { createRateLimiter, LeasedLimiter, METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CloseWhenIdle } from './connection/close-when-idle.ts'
import { Heartbeat } from './connection/heartbeat.ts'
import type { Peer } from './connection/peer.ts'
import { createEvents } from './events.ts'
import type { BrokerEvents } from './events.ts'
import { SchemaChecks } from './schemas/schema-checks.ts'
import { AttachedSpokes } from './spokes/attached-spokes.ts'
import { StatusWriter } from './spokes/status-writer.ts'

/** The shared dependencies of the broker's routes, operations and jobs. */
export interface BrokerContext {
  readonly runtime: ServiceRuntime<'spoke-broker'>
  readonly events: BrokerEvents
  readonly heartbeat: Heartbeat
  /** Checks large schemas, and values against them, outside the event loop. */
  readonly schemas: SchemaChecks
  /** The peer of each open socket: spokes and clients. */
  readonly peers: Set<Peer>
  /** Closes sockets when no call is in flight on them. */
  readonly closeWhenIdle: CloseWhenIdle
  /** The spokes whose newest attachment is here. */
  readonly spokes: AttachedSpokes
  /** How many calls each key, account and organization may make. */
  readonly limits: LeasedLimiter
  /** Writes the ends of attachments to the registry. */
  readonly statusWriter: StatusWriter
}

export function createContext(runtime: ServiceRuntime<'spoke-broker'>): BrokerContext {
  const { bus, db, logger } = runtime
  const { heartbeatMs, missedHeartbeats } = runtime.config.spokes
  const events = createEvents(runtime)
  const heartbeat = new Heartbeat(heartbeatMs, missedHeartbeats)
  runtime.onClose('heartbeat', () => heartbeat.stop())
  const limits = new LeasedLimiter(createRateLimiter(runtime))
  runtime.onClose('leases of calls', () => limits.stop())
  const schemas = new SchemaChecks()
  runtime.onClose('checks of large schemas', () => schemas.close())
  const statusWriter = new StatusWriter({
    bus,
    db,
    events,
    onFailed: (error, { name }) =>
      logger.warn({ err: error, spoke: name }, 'the end of a spoke could not be recorded yet'),
  })
  const peers = new Set<Peer>()
  const spokes = new AttachedSpokes()
  measure(runtime, { peers, spokes, statusWriter })
  return {
    runtime,
    events,
    heartbeat,
    schemas,
    peers,
    closeWhenIdle: new CloseWhenIdle(),
    spokes,
    limits,
    statusWriter,
  }
}

function measure(
  { metrics }: ServiceRuntime<'spoke-broker'>,
  { peers, spokes, statusWriter }: Pick<BrokerContext, 'peers' | 'spokes' | 'statusWriter'>,
): void {
  metrics.collect(METRICS.brokerSockets, () => peers.size)
  metrics.collect(METRICS.spokesAttached, () => spokes.size)
  metrics.collect(METRICS.spokeDeparturesUnwritten, () => statusWriter.unwritten)
}
