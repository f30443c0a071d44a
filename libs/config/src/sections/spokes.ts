import { DEFAULT_LIMITS } from '@alkdev/contracts'
import type { Static } from '@alkdev/typebox'
import { bytes, count, ms, section } from '../field.ts'

export const SpokesConfig = section('Sockets of spokes and client connections.', {
  heartbeatMs: ms(DEFAULT_LIMITS.heartbeatMs, 'Time between pings.', 100, 60_000),
  missedHeartbeats: count(
    DEFAULT_LIMITS.missedHeartbeats,
    'Pings without an answer after which a socket is lost.',
    1,
    100,
  ),
  suspendedMs: ms(
    DEFAULT_LIMITS.suspendedMs,
    'How long the registrations of a broken socket wait for its reconnect.',
  ),
  maxFrameBytes: bytes(DEFAULT_LIMITS.maxFrameBytes, 'Largest WebSocket frame.'),
  maxRegisterBytes: bytes(DEFAULT_LIMITS.maxRegisterBytes, 'Largest `hub.register`.'),
  maxRegisteredOperations: count(
    DEFAULT_LIMITS.maxRegisteredOperations,
    'Operations of one spoke.',
    1,
    100_000,
  ),
  maxSchemaBytes: bytes(DEFAULT_LIMITS.maxSchemaBytes, 'Largest schema of an operation.'),
  maxInFlightPerSocket: count(
    DEFAULT_LIMITS.maxInFlightPerSocket,
    'Calls in flight on one socket.',
    1,
    100_000,
  ),
  maxQueuedPerSocket: count(
    DEFAULT_LIMITS.maxQueuedPerSocket,
    'Calls that wait for one socket.',
    0,
    1_000_000,
  ),
  maxSockets: count(
    20_000,
    'Sockets of one process; a further upgrade is refused with HTTP 503 and `Retry-After`.',
    1,
    1_000_000,
  ),
  reconnectAfterMs: ms(
    250,
    'Time in `hub.draining` that a spoke waits before it attaches to another instance.',
    0,
    60_000,
  ),
})
export type SpokesConfig = Static<typeof SpokesConfig>
