import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { DEFAULT_LIMITS } from '../limits.ts'
import { closed, oneOf, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { Call } from './calls.ts'
import { mutation, notFound, query } from './define.ts'

const DAY_MS = 86_400_000

const OperationId = Type.String({ minLength: 1, maxLength: 256 })

/** One call to be queued. */
export const CallsEnqueueInput = Type.Object(
  {
    operationId: OperationId,
    input: Type.Optional(Type.Unknown({ description: 'Of the operation; `{}` when absent.' })),
    callId: Type.Optional(
      Type.String({
        format: 'uuid',
        description:
          'The id of the call, so that an acceptance whose answer was lost can be sent again. Default: a new one.',
      }),
    ),
    idempotencyKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: DEFAULT_LIMITS.maxIdempotencyKeyLength,
        pattern: '^[\\x20-\\x7e]+$',
        description:
          'Queued once per account, operation and key, until 24 hours after the end of the call.',
      }),
    ),
    delayMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 365 * DAY_MS,
        description: 'Milliseconds before which it is not started.',
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
          'Milliseconds after it is due in which an attempt can be started. Default: 24 hours.',
      }),
    ),
    priority: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 9,
        description: 'Of the calls of one account a higher one is started first. Default: 0.',
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
          'Attempts that may have run. Operations whose retry class is `never` have one.',
      }),
    ),
    backoffMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3_600_000,
        description: 'Milliseconds before the second attempt, doubled for each further one.',
      }),
    ),
  },
  closed,
)
export type CallsEnqueueInput = Static<typeof CallsEnqueueInput>

export const CallsEnqueueOutput = Type.Object({
  callId: Uuid,
  known: Type.Boolean({
    description: 'The call of this idempotency key or id existed already; nothing was added.',
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
        maximum: 540_000,
        description: 'Milliseconds to wait for the end. Default: 20 000.',
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
        description: 'Calls of one request; 100 when absent.',
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
  left: Type.Integer({ minimum: 0, description: 'Dead letters that the filters find after this.' }),
})
export type CallsRepeatDeadOutput = Static<typeof CallsRepeatDeadOutput>

const scopes = [SCOPES.CALLS_ENQUEUE]

export const queueOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: mutation('calls.enqueue', {
      title: 'Queue a call',
      description:
        'Stores a call that the hub makes with the rights of the key, now or later, and repeats according to the retry class of the operation. It survives every process. `calls.await` waits for its end, `calls.get` reads its state.',
      input: CallsEnqueueInput,
      output: CallsEnqueueOutput,
      scopes,
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
    }),
  },
  {
    service: 'coordinator',
    spec: query('calls.await', {
      title: 'Wait for a queued call',
      description:
        'Waits for the end of a queued call, and gives its state, also when the time is over before. For whom `calls.get` gives it.',
      input: CallsAwaitInput,
      output: Call,
      errors: notFound('CALL_NOT_FOUND', 'call'),
    }),
  },
  {
    service: 'coordinator',
    spec: query('calls.queued', {
      title: 'List queued calls',
      description: 'The queued calls of the account, the newest first.',
      input: CallsQueuedInput,
      output: page(QueuedCallItem),
    }),
  },
  {
    service: 'coordinator',
    spec: query('calls.deadLetters', {
      title: 'List dead letters',
      description:
        'The queued calls of the account that failed and were not repeated, the newest first.',
      input: CallsDeadLettersInput,
      output: page(QueuedCallItem),
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('calls.repeatDead', {
      title: 'Repeat dead letters',
      description:
        'Queues dead letters of the account again, one by its id or those that the filters find, the newest first. A call that may have run keeps its idempotency key.',
      input: CallsRepeatDeadInput,
      output: CallsRepeatDeadOutput,
      scopes,
      errors: notFound('CALL_NOT_FOUND', 'call'),
    }),
  },
]
