import { STREAM_WINDOW } from '@alkdev/operations/stream'

const KIB = 1024
const MIB = 1024 * KIB

/** The limits of the public contract where a setting does not say otherwise. Times in milliseconds, sizes in bytes. */
export const DEFAULT_LIMITS = {
  callTimeoutMs: 30_000,
  maxCallTimeoutMs: 600_000,
  subscriptionIdleTimeoutMs: 300_000,
  /** Nested calls below one another. */
  maxCallDepth: 16,
  /** Stream items that a producer may send before the first credit. */
  initialCredits: STREAM_WINDOW,
  maxPayloadBytes: MIB,
  maxFrameBytes: 8 * MIB,
  maxRegisterBytes: 4 * MIB,
  maxRegisteredOperations: 500,
  maxSchemaBytes: 64 * KIB,
  maxInFlightPerSocket: 256,
  maxQueuedPerSocket: 1024,
  heartbeatMs: 2000,
  missedHeartbeats: 3,
  /** How long the registrations of a socket that was lost are kept for its reconnect. */
  suspendedMs: 15_000,
  maxInferenceBodyBytes: 32 * MIB,
  maxIdempotencyKeyLength: 128,
} as const
