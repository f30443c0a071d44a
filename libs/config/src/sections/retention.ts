import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, section } from '../field.ts'

export const RetentionConfig = section('How long data is kept.', {
  callDays: count(
    30,
    'Days that a call stays in the call log, counted from its dispatch or its end, the later one. Calls are deleted by whole days (UTC), so up to a day later; 0 keeps them without a limit.',
    0,
    36_500,
  ),
  callDaysOf: Type.Record(
    Type.String({ pattern: '^[^*\\s]{1,255}\\*?$' }),
    Type.Integer({ minimum: 1, maximum: 36_500 }),
    {
      default: {},
      description:
        'Operation -> days that its calls stay in the call log, when these are fewer than `callDays`. The name that callers use, or the beginning of the names of registered operations with `*` behind it (`fs.*`); where several fit, the fewest days count.',
    },
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
  workflowVersionDays: count(
    90,
    'Days that a version of a workflow is kept after a newer one was made. One stays while a run of it is kept.',
    1,
    36_500,
  ),
  scheduleDays: count(90, 'Days that a schedule is kept after its last time.', 1, 36_500),
  sessionDays: count(
    0,
    'Days that a session is kept after it was archived, with its messages; 0 keeps all without a limit. One stays while a session below it is not archived.',
    0,
    36_500,
  ),
  sessionEventDays: count(
    30,
    'Days that the events of sessions are kept, from which a watcher goes on. Of a session the latest 10,000 are kept at most.',
    1,
    36_500,
  ),
  toolOutputDays: count(
    90,
    'Days that the outputs of tool calls of sessions are kept; 0 keeps them without a limit.',
    0,
    36_500,
  ),
  taskCheckDays: count(
    90,
    'Days that a run of the checks of a task is kept after its end. The latest one of each task stays.',
    1,
    36_500,
  ),
  mergeDays: count(
    180,
    'Days that a merge of a branch without a session is kept after its end. Those of a session are kept as long as the session.',
    1,
    36_500,
  ),
  workspaceDays: count(
    180,
    'Days that a workspace is kept after it was archived, and while a session has it; 0 keeps all without a limit.',
    0,
    36_500,
  ),
  deliveryDays: count(7, 'Days that a delivery to a webhook is kept after its end.', 1, 36_500),
  firingDays: count(90, 'Days that a firing of a schedule is kept.', 1, 36_500),
  spokeDays: count(
    180,
    'Days that a disconnected spoke and its operations are kept, and definitions of operations that nothing offers. A spoke with a workspace that is in use stays; 0 keeps all without a limit. The name of a deleted spoke is free for another account.',
    0,
    36_500,
  ),
  invitationDays: count(
    90,
    'Days that an invitation to an organization is kept after its end.',
    1,
    36_500,
  ),
  grantDays: count(
    30,
    'Days that stored rights are kept at least. They stay while a session, a schedule, a message, or a call or run that has not ended uses them.',
    1,
    36_500,
  ),
  revokedKeyDays: count(
    90,
    'Days that an API key is kept after it was revoked, or after the end of a key that was replaced or that a log-in to the console made.',
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
    'Days that the usage of a model call, and a closed budget of a session that was deleted, are kept; 0 keeps them without a limit.',
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
