import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, Timestamp, Uuid } from '../schemas.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

export const CallStatusName = oneOf(['running', 'completed', 'failed', 'aborted'])
export type CallStatusName = Static<typeof CallStatusName>

const Status = Type.Union([
  Type.Literal('accepted', { description: 'A queued call that waits for its next attempt.' }),
  ...CallStatusName.anyOf,
])

/** The members of queued calls. */
const Queued = Type.Object({
  dueAt: Type.Optional(Timestamp),
  expiresAt: Type.Optional(Timestamp),
  priority: Type.Integer(),
  maxAttempts: Type.Integer(),
  repeatedAs: Type.Optional(Uuid),
})

/** A call that has ended, runs, or waits in the queue. */
export const Call = Type.Object({
  callId: Uuid,
  operationId: Type.String(),
  status: Status,
  parentCallId: Type.Optional(Uuid),
  accountId: Type.Optional(Uuid),
  input: Type.Optional(Type.Unknown()),
  output: Type.Optional(Type.Unknown()),
  omitted: Type.Optional(
    Type.Array(oneOf(['input', 'output']), {
      description:
        'Omitted when the answer would be too long for the bus. `GET /api/calls/{callId}` returns it.',
    }),
  ),
  error: Type.Optional(
    Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Optional(Type.Unknown()),
    }),
  ),
  startedAt: Type.Optional(Timestamp),
  completedAt: Type.Optional(Timestamp),
  durationMs: Type.Optional(Type.Number({ minimum: 0 })),
  attempts: Type.Optional(Type.Integer({ minimum: 0 })),
  code: Type.Optional(Type.String({ description: 'The error code of a call that failed.' })),
  keyId: Type.Optional(Uuid),
  sessionId: Type.Optional(Uuid),
  spokeId: Type.Optional(Uuid),
  idempotencyKey: Type.Optional(Type.String()),
  items: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Items that a subscription delivered.' }),
  ),
  queued: Type.Optional(Queued),
  route: Type.Optional(
    Type.String({
      description:
        'Why the provider of the last attempt was chosen, for instance `least-loaded of 3`.',
    }),
  ),
  timing: Type.Optional(
    Type.Object(
      {
        routeMs: Type.Optional(Type.Number({ minimum: 0 })),
        queueMs: Type.Optional(Type.Number({ minimum: 0 })),
        executeMs: Type.Optional(Type.Number({ minimum: 0 })),
      },
      {
        description:
          'Milliseconds until a provider was chosen, until it started, and in its handler.',
      },
    ),
  ),
})
export type Call = Static<typeof Call>

export const CallTree = Type.Composite([
  Call,
  Type.Object({
    calls: Type.Optional(
      Type.Array(Call, {
        description:
          'All calls below it, parents before children. For a running call, only those that have ended.',
      }),
    ),
  }),
])
export type CallTree = Static<typeof CallTree>

export const CallsGetInput = Type.Object(
  { callId: Uuid, tree: Type.Optional(Type.Boolean()) },
  closed,
)
export type CallsGetInput = Static<typeof CallsGetInput>

export const CallsAbortInput = Type.Object(
  { callId: Uuid, reason: Type.Optional(Type.String({ maxLength: 512 })) },
  closed,
)
export type CallsAbortInput = Static<typeof CallsAbortInput>

export const CallsAbortOutput = Type.Object({
  callId: Uuid,
  receipt: Type.Union(
    [Type.Literal('honoured'), Type.Literal('ignored'), Type.Literal('too-late')],
    { description: '`ignored`: notified, but not yet stopped. `too-late`: it had already ended.' },
  ),
  below: Type.Optional(
    Type.Object(
      {
        count: Type.Integer({ minimum: 0, maximum: 1000 }),
        calls: Type.Array(
          Type.Object({
            callId: Uuid,
            operationId: Type.String(),
          }),
          { maxItems: 100, description: 'The first 100, parents before children.' },
        ),
      },
      {
        description:
          'The calls below it that ran when the abort was sent, and are aborted with it: up to 1,000, as found within half a second.',
      },
    ),
  ),
})
export type CallsAbortOutput = Static<typeof CallsAbortOutput>

export const callsOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('calls.get', {
      title: 'One call',
      description:
        'The state of a call: status, result or error, and timing. For the account that made it, for members of its organizations with `calls:read`, and for admins.',
      input: CallsGetInput,
      output: CallTree,
      errors: notFound('CALL_NOT_FOUND', 'call'),
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('calls.abort', {
      title: 'Abort a call',
      description:
        'Aborts a running or queued call and every call below it. For the account that made it, for members of its organizations with `calls:abort`, and for admins.',
      input: CallsAbortInput,
      output: CallsAbortOutput,
      errors: notFound('CALL_NOT_FOUND', 'call'),
      hints: { destructive: true, idempotent: true },
    }),
  },
]
