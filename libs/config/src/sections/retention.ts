import type { Static } from '@alkdev/typebox'
import { count, section } from '../field.ts'

export const RetentionConfig = section('How long data is kept.', {
  callDays: count(
    30,
    'Days that a call stays in the call log, counted from its dispatch or its end, the later one. Calls are deleted by whole days (UTC), so up to a day later; 0 keeps them without a limit.',
    0,
    36_500,
  ),
  callStatsDays: count(
    90,
    'Days that the counts of calls by minute (`calls.stats`) are kept.',
    1,
    36_500,
  ),
  queuedCallDays: count(
    7,
    'Days that a queued call and its result are kept after its end.',
    1,
    36_500,
  ),
  deadLetterDays: count(
    30,
    'Days that a queued call that failed and was not repeated, and a report that no webhook took, are kept after their end.',
    1,
    36_500,
  ),
  approvalDays: count(30, 'Days that an approval is kept after its end.', 1, 36_500),
  findingDays: count(90, 'Days that a finding is kept after it was resolved.', 1, 36_500),
  workflowRunDays: count(
    30,
    'Days that a run of a workflow and its events are kept after its end.',
    1,
    36_500,
  ),
  sessionEventDays: count(
    30,
    'Days that the events of sessions are kept, from which a watcher goes on.',
    1,
    36_500,
  ),
  toolOutputDays: count(
    90,
    'Days that the outputs of tool calls of sessions are kept; 0 keeps them without a limit.',
    0,
    36_500,
  ),
  deliveryDays: count(7, 'Days that a delivery to a webhook is kept after its end.', 1, 36_500),
  firingDays: count(90, 'Days that a firing of a schedule is kept.', 1, 36_500),
  revokedKeyDays: count(
    90,
    'Days that an API key is kept after it was revoked, or after the end of a key that was replaced.',
    1,
    36_500,
  ),
  auditDays: count(
    400,
    'Days that an entry of the audit log is kept; 0 keeps them without a limit.',
    0,
    36_500,
  ),
  usageDays: count(
    400,
    'Days that the usage of a model call is kept; 0 keeps it without a limit.',
    0,
    36_500,
  ),
  events: count(
    10_000,
    'Approximate number of hub events that are kept for resuming the event stream.',
    1000,
    10_000_000,
  ),
})
export type RetentionConfig = Static<typeof RetentionConfig>
