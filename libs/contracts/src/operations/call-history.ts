import { namedPattern } from '@alkdev/operations'
import { SECRET_KEYWORD } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Cursor, Limit, oneOf, page, Uuid } from '../schemas.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { Call } from './calls.ts'
import { mutation, notFound, query, subscription } from './define.ts'

export const WHOSE =
  'Default: the calls of the account of the caller. `accountId` and `orgId` need `calls:read` and a shared organization; `all` needs `calls:read` and an admin. Give at most one of the three.'

/** A call without input, output and error message. */
export const CallSummary = Type.Pick(Call, [
  'callId',
  'operationId',
  'status',
  'code',
  'parentCallId',
  'accountId',
  'keyId',
  'sessionId',
  'spokeId',
  'idempotencyKey',
  'items',
  'startedAt',
  'completedAt',
  'durationMs',
  'attempts',
])
export type CallSummary = Static<typeof CallSummary>

const Name = Type.String({ minLength: 1, maxLength: 256 })
const DurationMs = Type.Number({ minimum: 0 })

/** Whose calls: at most one of the three. */
export const whose = {
  accountId: Type.Optional(Uuid),
  orgId: Type.Optional(Type.String({ format: 'uuid', description: 'Calls of its members.' })),
  all: Type.Optional(Type.Boolean({ description: 'Calls of all accounts.' })),
}

const filters = {
  ...whose,
  operationId: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The name that the caller used, for instance `fs.read`.',
    }),
  ),
  status: Type.Optional(oneOf(['completed', 'failed', 'aborted'])),
  code: Type.Optional(Name),
  sessionId: Type.Optional(Uuid),
  spokeId: Type.Optional(Uuid),
  parentCallId: Type.Optional(Uuid),
  idempotencyKey: Type.Optional(Name),
  minDurationMs: Type.Optional(DurationMs),
  maxDurationMs: Type.Optional(DurationMs),
}

export const CallsListInput = Type.Object(
  {
    ...filters,
    idPrefix: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 36,
        pattern: namedPattern(
          '^[0-9A-Fa-f-]+$',
          'must be the beginning of an id: hexadecimal digits and hyphens',
        ),
        description: 'The first characters of the call id.',
      }),
    ),
    exceptKeyId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Not the calls of this key, for instance of the one that reads the list.',
      }),
    ),
    from: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'Dispatched at or after this time. Default: 24 hours before `before` when status, duration, idempotency key or `exceptKeyId` is given, else no limit.',
      }),
    ),
    before: Type.Optional(
      Type.String({ format: 'date-time', description: 'Dispatched before this time.' }),
    ),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(Cursor),
  },
  closed,
)
export type CallsListInput = Static<typeof CallsListInput>

export const CallsTreeInput = Type.Object(
  {
    callId: Uuid,
    depth: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 64, description: 'Levels below the call; default 16.' }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'Calls below the call; default 200.',
      }),
    ),
  },
  closed,
)
export type CallsTreeInput = Static<typeof CallsTreeInput>

export const CallsTreeOutput = Type.Object({
  root: CallSummary,
  calls: Type.Array(CallSummary, {
    description:
      'The calls below it that have ended and that the caller may read, parents before children.',
  }),
  links: Type.Array(Type.Object({ sourceCallId: Uuid, targetCallId: Uuid }), {
    description: 'The target needed the result of the source.',
  }),
  complete: Type.Boolean({
    description:
      'False when calls are missing because of `depth`, `limit` or the rights of the caller.',
  }),
})
export type CallsTreeOutput = Static<typeof CallsTreeOutput>

export const CallsRepeatInput = Type.Object({ callId: Uuid }, closed)
export type CallsRepeatInput = Static<typeof CallsRepeatInput>

export const CallsRepeatOutput = Type.Object({
  callId: Type.String({ format: 'uuid', description: 'The new call.' }),
  repeatOf: Uuid,
  operationId: Type.String(),
  status: oneOf(['completed', 'failed']),
  output: Type.Optional(
    Type.Unknown({
      [SECRET_KEYWORD]: true,
      description: 'Stored with the record of the new call only, without its secrets.',
    }),
  ),
  error: Type.Optional(
    Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Optional(Type.Unknown()),
    }),
  ),
})
export type CallsRepeatOutput = Static<typeof CallsRepeatOutput>

export const CallsWatchInput = Type.Object(filters, closed)
export type CallsWatchInput = Static<typeof CallsWatchInput>

export const CallsWatchOutput = Type.Object({
  calls: Type.Array(CallSummary, {
    description: 'Calls that have ended, in the order of their ends.',
  }),
  skipped: Type.Integer({
    minimum: 0,
    description:
      'Ended calls (of the account, or of all with `orgId` or `all`) that were not compared with the filters, because more than 200 ended in a second or the watcher is slow.',
  }),
  interrupted: Type.Boolean({
    description: 'True when the connection was lost in between: calls may be missing.',
  }),
})
export type CallsWatchOutput = Static<typeof CallsWatchOutput>

export const ORG_NOT_FOUND = notFound('ORG_NOT_FOUND', 'organization')

export const callHistoryOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('calls.list', {
      title: 'List calls',
      description: `Calls that have ended, newest dispatch first, without input and output. ${WHOSE}`,
      input: CallsListInput,
      output: page(CallSummary),
      errors: ORG_NOT_FOUND,
    }),
  },
  {
    service: 'coordinator',
    spec: query('calls.tree', {
      title: 'The calls below a call',
      description:
        'A call and all calls below it, without input and output. For the account that made it, for members of its organizations with `calls:read`, and for admins.',
      input: CallsTreeInput,
      output: CallsTreeOutput,
      errors: notFound('CALL_NOT_FOUND', 'call'),
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('calls.repeat', {
      title: 'Repeat a call',
      description:
        'Makes a new call of the same operation with the same input and the rights of the caller. Refused when the stored input is not the input that was sent, because it was redacted, truncated or not stored. The answer contains the outcome of the new call.',
      input: CallsRepeatInput,
      output: CallsRepeatOutput,
      errors: [
        ...notFound('CALL_NOT_FOUND', 'call'),
        {
          code: 'NOT_REPEATABLE',
          description:
            'The call cannot be repeated. `details.reason`: `redacted`, `truncated`, `not-stored`, `altered` (characters or levels that the log does not keep) or `subscription`.',
          schema: Type.Unknown(),
          httpStatus: 409,
        },
      ],
      // The answer of the new call may contain a secret that is returned only once.
      secretOutput: true,
    }),
  },
  {
    service: 'coordinator',
    spec: subscription('calls.watch', {
      title: 'Follow the calls that end',
      description: `Calls as they end, in groups. An empty group is sent at the beginning and after each minute without a call. Of more than 200 calls in a second a sample is sent, and the others are counted. ${WHOSE}`,
      input: CallsWatchInput,
      output: CallsWatchOutput,
      errors: ORG_NOT_FOUND,
    }),
  },
]
