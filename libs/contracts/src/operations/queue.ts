import { namedPattern } from '@alkdev/operations'
import { SECRET_KEYWORD } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { DEFAULT_LIMITS } from '../limits.ts'
import { closed, oneOf, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { Call } from './calls.ts'
import { mutation, notFound, PARK_META, query } from './define.ts'

const DAY_MS = 86_400_000

const OperationId = Type.String({ minLength: 1, maxLength: 256 })

/** One call to be queued. */
export const CallsEnqueueInput = Type.Object(
  {
    operationId: OperationId,
    input: Type.Optional(
      Type.Unknown({
        // The marks of that operation are not known here, and a call that is refused may hold its secrets.
        [SECRET_KEYWORD]: true,
        description:
          'The input of the operation. Default: `{}`. It is not stored in the log of this call.',
      }),
    ),
    callId: Type.Optional(
      Type.String({
        format: 'uuid',
        description:
          'The id of the call, so that the request can be repeated when its answer was lost. Default: a new id.',
      }),
    ),
    idempotencyKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: DEFAULT_LIMITS.maxIdempotencyKeyLength,
        pattern: namedPattern('^[\\x20-\\x7e]+$', 'must be printable ASCII characters'),
        description:
          'Queued once per account, operation and key, until 24 hours after the end of the call.',
      }),
    ),
    delayMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 365 * DAY_MS,
        description: 'Minimum milliseconds before it is started.',
      }),
    ),
    notBefore: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'Instant before which it is not started, at most a year from now.',
      }),
    ),
    expiresAfterMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 30 * DAY_MS,
        description:
          'Milliseconds after its due time during which an attempt can start. Default: 24 hours.',
      }),
    ),
    webhook: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          'The name or id of a webhook of the account or of one of its organizations, to which the end of the call is reported.',
      }),
    ),
    priority: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 9,
        description: 'Calls of an account with a higher priority are started first. Default: 0.',
      }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Milliseconds for each attempt.' }),
    ),
    maxAttempts: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description:
          'Maximum attempts that may have run. Operations with the retry class `never` have one.',
      }),
    ),
    backoffMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3_600_000,
        description: 'Milliseconds before the second attempt; doubled for each further attempt.',
      }),
    ),
  },
  closed,
)
export type CallsEnqueueInput = Static<typeof CallsEnqueueInput>

export const CallsEnqueueOutput = Type.Object({
  callId: Uuid,
  known: Type.Boolean({
    description: 'A call with this idempotency key or id already existed; nothing was added.',
  }),
})
export type CallsEnqueueOutput = Static<typeof CallsEnqueueOutput>

export const CallsEnqueueManyInput = Type.Object(
  { calls: Type.Array(CallsEnqueueInput, { minItems: 1, maxItems: 1000 }) },
  closed,
)
export type CallsEnqueueManyInput = Static<typeof CallsEnqueueManyInput>

export const CallsEnqueueManyOutput = Type.Object({
  calls: Type.Array(CallsEnqueueOutput, { description: 'In the order of the input.' }),
})
export type CallsEnqueueManyOutput = Static<typeof CallsEnqueueManyOutput>

export const CallsAwaitInput = Type.Object(
  {
    callId: Uuid,
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 86_400_000,
        description:
          'Milliseconds to wait for the end. Default: 20,000; of a session that waits, an hour. Other callers wait for 10 minutes at most.',
      }),
    ),
  },
  closed,
)
export type CallsAwaitInput = Static<typeof CallsAwaitInput>

const Status = oneOf(['accepted', 'running', 'completed', 'failed', 'aborted'])

/** A queued call in a list. */
export const QueuedCallItem = Type.Object({
  callId: Uuid,
  operationId: Type.String(),
  status: Status,
  attempts: Type.Integer(),
  maxAttempts: Type.Integer(),
  priority: Type.Integer(),
  acceptedAt: Timestamp,
  dueAt: Timestamp,
  expiresAt: Type.Optional(Timestamp),
  startedAt: Type.Optional(Timestamp),
  completedAt: Type.Optional(Timestamp),
  repeatedAs: Type.Optional(Uuid),
  runId: Type.Optional(
    Type.String({
      format: 'uuid',
      description:
        'The run of a workflow whose step it is, which decides what follows when it fails.',
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
export type QueuedCallItem = Static<typeof QueuedCallItem>

const filters = {
  operationId: Type.Optional(OperationId),
  code: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'Only with an error of this code.' }),
  ),
  idempotencyKey: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: DEFAULT_LIMITS.maxIdempotencyKeyLength,
      description: 'Only with this key.',
    }),
  ),
  from: Type.Optional(
    Type.String({ format: 'date-time', description: 'Accepted at or after this time.' }),
  ),
  before: Type.Optional(
    Type.String({ format: 'date-time', description: 'Accepted before this time.' }),
  ),
}

export const CallsQueuedInput = Type.Object(
  { status: Type.Optional(Status), ...filters, ...pageInput },
  closed,
)
export type CallsQueuedInput = Static<typeof CallsQueuedInput>

export const CallsDeadLettersInput = Type.Object({ ...filters, ...pageInput }, closed)
export type CallsDeadLettersInput = Static<typeof CallsDeadLettersInput>

export const CallsRepeatDeadInput = Type.Object(
  {
    callId: Type.Optional(Uuid),
    ...filters,
    dryRun: Type.Optional(
      Type.Boolean({ description: 'Count the calls that would be repeated, and repeat none.' }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 200,
        description: 'Maximum calls of one request. Default: 100.',
      }),
    ),
    cursor: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1024,
        description: '`nextCursor` of the request before, with the same filters.',
      }),
    ),
  },
  closed,
)
export type CallsRepeatDeadInput = Static<typeof CallsRepeatDeadInput>

export const CallsRepeatDeadOutput = Type.Object({
  repeated: Type.Array(Type.Object({ callId: Uuid, repeatedAs: Uuid })),
  refused: Type.Array(Type.Object({ callId: Uuid, code: Type.String(), message: Type.String() }), {
    description: 'Calls that can no longer be queued; they stay dead letters.',
  }),
  left: Type.Integer({
    minimum: 0,
    description:
      'Dead letters that match the filters afterwards, those that were refused included.',
  }),
  nextCursor: Type.Optional(
    Type.String({ description: 'There are older ones that this request did not reach.' }),
  ),
})
export type CallsRepeatDeadOutput = Static<typeof CallsRepeatDeadOutput>

/** Queued calls of one request to abort several. */
const MAX_ABORTED = 500

export const CallsAbortManyInput = Type.Object(
  {
    callIds: Type.Array(Uuid, { minItems: 1, maxItems: MAX_ABORTED, uniqueItems: true }),
    reason: Type.Optional(Type.String({ maxLength: 512 })),
  },
  closed,
)
export type CallsAbortManyInput = Static<typeof CallsAbortManyInput>

export const CallsAbortManyOutput = Type.Object({
  calls: Type.Array(
    Type.Object({
      callId: Uuid,
      receipt: oneOf(['honoured', 'ignored', 'too-late', 'not-found']),
    }),
    {
      description:
        'In the order of the request. `ignored`: notified, but not yet stopped. `too-late`: it had already ended. `not-found`: the account has queued no such call.',
    },
  ),
})
export type CallsAbortManyOutput = Static<typeof CallsAbortManyOutput>

const scopes = [SCOPES.CALLS_ENQUEUE]

export const queueOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: mutation('calls.enqueue', {
      title: 'Queue a call',
      description:
        'Stores a call that the hub makes now or later with the rights of the key, and repeats according to the retry class of the operation. It survives the loss of any process. `calls.await` waits for its end, `calls.get` reads its state.',
      input: CallsEnqueueInput,
      output: CallsEnqueueOutput,
      scopes,
      errors: notFound('WEBHOOK_NOT_FOUND', 'webhook'),
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('calls.enqueueMany', {
      title: 'Queue calls',
      description: 'Queues up to 1,000 calls in one transaction: all of them or none.',
      input: CallsEnqueueManyInput,
      output: CallsEnqueueManyOutput,
      scopes,
      errors: notFound('WEBHOOK_NOT_FOUND', 'webhook'),
    }),
  },
  {
    service: 'coordinator',
    spec: {
      ...query('calls.await', {
        title: 'Wait for a queued call',
        description:
          'Waits until a queued call has ended or the wait times out, and returns its state. For the accounts that may read it with `calls.get`. A turn that waits so gives its worker up, and goes on before when it gets a message.',
        input: CallsAwaitInput,
        output: Call,
        errors: notFound('CALL_NOT_FOUND', 'call'),
      }),
      _meta: { [PARK_META]: 'call' },
    },
  },
  {
    service: 'coordinator',
    spec: query('calls.queued', {
      title: 'List queued calls',
      description: 'The queued calls of the account, newest first.',
      input: CallsQueuedInput,
      output: page(QueuedCallItem),
    }),
  },
  {
    service: 'coordinator',
    spec: query('calls.deadLetters', {
      title: 'List dead letters',
      description:
        'The queued calls of the account that failed and were not repeated, newest first.',
      input: CallsDeadLettersInput,
      output: page(QueuedCallItem),
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('calls.abortMany', {
      title: 'Abort queued calls',
      description:
        'Aborts up to 500 queued calls of the account, and every call below those that run. `calls.queued` gives their ids.',
      input: CallsAbortManyInput,
      output: CallsAbortManyOutput,
      hints: { destructive: true, idempotent: true },
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('calls.repeatDead', {
      title: 'Repeat dead letters',
      description:
        'Queues dead letters of the account again: one by its id, or those that match the filters, newest first. A call that may have run keeps its idempotency key.',
      input: CallsRepeatDeadInput,
      output: CallsRepeatDeadOutput,
      scopes,
      errors: notFound('CALL_NOT_FOUND', 'call'),
    }),
  },
]
