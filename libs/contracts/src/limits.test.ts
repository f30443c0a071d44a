import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from './index.ts'

test('the default limits have their published values', () => {
  expect(DEFAULT_LIMITS).toEqual({
    callTimeoutMs: 30_000,
    maxCallTimeoutMs: 600_000,
    subscriptionIdleTimeoutMs: 300_000,
    maxCallDepth: 16,
    initialCredits: 32,
    maxPayloadBytes: 1_048_576,
    maxFrameBytes: 8_388_608,
    maxRegisterBytes: 4_194_304,
    maxRegisteredOperations: 500,
    maxSchemaBytes: 65_536,
    maxInFlightPerSocket: 256,
    maxQueuedPerSocket: 1024,
    heartbeatMs: 2000,
    missedHeartbeats: 3,
    suspendedMs: 15_000,
    maxInferenceBodyBytes: 33_554_432,
    maxIdempotencyKeyLength: 128,
  })
})
