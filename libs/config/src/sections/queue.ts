import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, section } from '../field.ts'

export const QueueConfig = section('Queued calls.', {
  concurrency: count(64, 'Queued calls that one coordinator runs at a time.', 1, 10_000),
  maxPerAccount: count(
    32,
    'Queued calls of one account that run at a time in the deployment; `limits.set` gives one account a limit of its own.',
    1,
    100_000,
  ),
  maxPerOperation: count(
    64,
    'Queued calls of one operation that run at a time in the deployment.',
    1,
    100_000,
  ),
  maxStartsPerAccount: count(
    0,
    'Attempts of queued calls of one account that are started in a second, in the deployment; 0 for no limit. `limits.set` gives one account a limit of its own.',
    0,
    100_000,
  ),
  maxStartsPerOperation: count(
    0,
    'Attempts of queued calls of one operation that are started in a second, in the deployment; 0 for no limit.',
    0,
    100_000,
  ),
  limitsOf: Type.Record(
    Type.String({ pattern: '^[^*\\s]{1,255}\\*?$' }),
    Type.Object(
      {
        atATime: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
        perSecond: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
      },
      { additionalProperties: false },
    ),
    {
      default: {},
      description:
        'Operation -> limits of its queued calls in the place of `maxPerOperation` (`atATime`) and `maxStartsPerOperation` (`perSecond`; 0 for no limit). The name that callers use, or the beginning of names with `*` behind it (`fs.*`); where several fit, the longest one that has the limit counts.',
    },
  ),
  maxAttempts: count(
    5,
    'Default number of attempts that may have run, for operations that may be repeated.',
    1,
    100,
  ),
  backoffMs: ms(
    1000,
    'Default time before the second attempt, doubled for each further one up to a minute.',
  ),
  expiresAfterMs: ms(
    86_400_000,
    'Default time after a call is due in which an attempt can be started.',
    1,
    2_592_000_000,
  ),
})
export type QueueConfig = Static<typeof QueueConfig>
