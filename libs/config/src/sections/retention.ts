import type { Static } from '@alkdev/typebox'
import { count, section } from '../field.ts'

export const RetentionConfig = section('How long things are kept.', {
  callDays: count(
    30,
    'Calls in the call graph, from their start; 0 keeps them for ever.',
    0,
    36_500,
  ),
  events: count(10_000, 'Hub events held for resuming the event stream, about.', 1000, 10_000_000),
})
export type RetentionConfig = Static<typeof RetentionConfig>
