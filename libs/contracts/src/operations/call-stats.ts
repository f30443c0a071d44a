import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Cursor, Limit, oneOf, Timestamp, Uuid } from '../schemas.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { ORG_NOT_FOUND, whose, WHOSE } from './call-history.ts'
import { query } from './define.ts'

const DurationMs = Type.Number({ minimum: 0 })

/** What calls are counted by. */
export const CallStatsKey = oneOf(['minute', 'operation', 'spoke', 'account'])
export type CallStatsKey = Static<typeof CallStatsKey>

const filters = {
  ...whose,
  operationId: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: 'The name that the caller used.' }),
  ),
  spokeId: Type.Optional(Uuid),
}

/** How many calls there were, how many failed, and how long they took. */
export const CallStats = Type.Object({
  minute: Type.Optional(
    Type.String({ format: 'date-time', description: 'The beginning of the minutes.' }),
  ),
  operationId: Type.Optional(
    Type.String({
      description:
        'The name that the caller used. `(other)`: names beyond the 200 most frequent of an account and minute.',
    }),
  ),
  spokeId: Type.Optional(
    Type.String({ format: 'uuid', description: 'Absent for calls that no spoke answered.' }),
  ),
  accountId: Type.Optional(Uuid),
  count: Type.Integer({ minimum: 0 }),
  errors: Type.Integer({ minimum: 0, description: 'Calls that failed or were aborted.' }),
  errorRate: Type.Number({ minimum: 0, maximum: 1 }),
  p50Ms: DurationMs,
  p95Ms: DurationMs,
  p99Ms: DurationMs,
})
export type CallStats = Static<typeof CallStats>

export const CallsStatsInput = Type.Object(
  {
    ...filters,
    by: Type.Optional(
      Type.Array(CallStatsKey, {
        uniqueItems: true,
        maxItems: 4,
        description:
          'One item for each combination of these. Default: operation and spoke; an empty list gives one item.',
      }),
    ),
    stepMinutes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1440,
        description: 'Minutes that are counted as one, with `minute` in `by`; default 1.',
      }),
    ),
    from: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'Minutes that begin at or after this time. Default: an hour before `before`; at most 31 days before it.',
      }),
    ),
    before: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'Minutes that begin before this time. Default: now.',
      }),
    ),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(Cursor),
  },
  closed,
)
export type CallsStatsInput = Static<typeof CallsStatsInput>

export const CallsStatsOutput = Type.Object({
  items: Type.Array(CallStats),
  nextCursor: Type.Optional(Cursor),
  from: Timestamp,
  before: Timestamp,
  countedUntil: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'The calls of later minutes are not counted yet. Absent before the first count.',
    }),
  ),
})
export type CallsStatsOutput = Static<typeof CallsStatsOutput>

export const CallsActivityInput = Type.Object(
  {
    ...filters,
    windowSeconds: Type.Optional(
      Type.Integer({ minimum: 5, maximum: 300, description: 'Default 60.' }),
    ),
  },
  closed,
)
export type CallsActivityInput = Static<typeof CallsActivityInput>

export const CallsActivityOutput = Type.Object({
  windowMs: Type.Integer({
    minimum: 1,
    description:
      'Milliseconds that the calls cover: less than the window when it had more than 20,000 calls.',
  }),
  sampled: Type.Boolean({
    description: 'True when only the newest 20,000 calls of the window were counted.',
  }),
  total: CallStats,
  operations: Type.Array(CallStats, {
    description: 'The calls of the window that have ended, by operation: the 200 most frequent.',
  }),
  spokes: Type.Array(CallStats, { description: 'Likewise by spoke.' }),
  queue: Type.Object(
    {
      due: Type.Integer({ minimum: 0, description: 'Queued calls that wait; 10,000 at most.' }),
      running: Type.Integer({ minimum: 0 }),
      oldestDueMs: Type.Number({
        minimum: 0,
        description: 'Milliseconds for which the oldest of them has been due.',
      }),
    },
    { description: 'The queued calls of the same accounts.' },
  ),
  running: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'Calls that run now in the whole hub. Only with `all`.',
    }),
  ),
})
export type CallsActivityOutput = Static<typeof CallsActivityOutput>

export const callStatsOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('calls.stats', {
      title: 'Count calls and their durations',
      description: `Calls that have ended, by minute, operation, spoke and account: how many, the share that failed, and the durations below which 50, 95 and 99 % lie (within 9 %). A call counts in the minute of its dispatch. Minutes are counted when they are over, and again 11 and 61 minutes later. ${WHOSE}`,
      input: CallsStatsInput,
      output: CallsStatsOutput,
      errors: ORG_NOT_FOUND,
    }),
  },
  {
    service: 'coordinator',
    spec: query('calls.activity', {
      title: 'What is called now',
      description: `The calls that were dispatched in the last seconds and have ended, by operation and by spoke, and the state of the queue. ${WHOSE}`,
      input: CallsActivityInput,
      output: CallsActivityOutput,
      errors: ORG_NOT_FOUND,
    }),
  },
]
