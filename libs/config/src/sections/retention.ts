import type { Static } from '@alkdev/typebox'
import { count, section } from '../field.ts'

export const RetentionConfig = section('How long data is kept.', {
  callDays: count(
    30,
    'Days that a call stays in the call log, counted from its dispatch or its end, the later one. Calls are deleted by whole days (UTC), so up to a day later; 0 keeps them without a limit.',
    0,
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
    'Days that a queued call that failed and was not repeated is kept after its end.',
    1,
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
