import type { Static } from '@alkdev/typebox'
import { count, section } from '../field.ts'

export const RetentionConfig = section('How long things are kept. 0 keeps for ever.', {
  callDays: count(30, 'Rows of the call graph.'),
  callPayloadDays: count(7, 'Inputs and outputs in the call graph.'),
  queuedResultDays: count(7, 'Results of queued calls.'),
  idempotencyHours: count(24, 'Idempotency keys.', 1, 8760),
  detectionDays: count(90, 'Detections.'),
  usageDays: count(400, 'Inference usage.'),
  auditDays: count(0, 'Audit log.'),
  revokedKeyDays: count(90, 'Revoked and expired API keys.'),
  events: count(100_000, 'Hub events held for resuming the event stream.', 1000, 10_000_000),
})
export type RetentionConfig = Static<typeof RetentionConfig>
