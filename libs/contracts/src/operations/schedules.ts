import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Slug, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'
import { CallsEnqueueInput } from './queue.ts'

const enqueue = CallsEnqueueInput.properties
const options = {
  priority: enqueue.priority,
  timeoutMs: enqueue.timeoutMs,
  maxAttempts: enqueue.maxAttempts,
  backoffMs: enqueue.backoffMs,
  expiresAfterMs: enqueue.expiresAfterMs,
  webhook: enqueue.webhook,
}

/** Members of `calls.enqueue` that the calls of a schedule get. */
export const ScheduleCallOptions = Type.Object(options, closed)
export type ScheduleCallOptions = Static<typeof ScheduleCallOptions>

const Overlap = Type.Union(
  [
    Type.Literal('skip', { description: 'The firing is skipped. The default.' }),
    Type.Literal('queue', { description: 'Its call is queued when the earlier one has ended.' }),
    Type.Literal('cancel-previous', { description: 'The earlier call is aborted.' }),
    Type.Literal('allow', { description: 'Both run.' }),
  ],
  { description: 'What happens when it fires while the call of an earlier firing has not ended.' },
)
const CatchUp = Type.Union(
  [
    Type.Literal('none', { description: 'None of them. A firing may be up to a minute late.' }),
    Type.Literal('last', { description: 'The last one. The default.' }),
    Type.Literal('all', { description: 'All of them, the last 100 at most.' }),
  ],
  { description: 'Which of the times that passed while the hub could not fire are made up for.' },
)
const Status = oneOf(['active', 'paused', 'ended'])

const Cron = Type.String({
  minLength: 1,
  maxLength: 256,
  description:
    'Five fields (minute, hour, day of month, month, day of week), or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.',
})
const TimeZone = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'IANA time zone of `cron`, for instance `Europe/Berlin`. Default: UTC.',
})
const At = Type.String({
  format: 'date-time',
  description: 'The single instant at which it fires, instead of `cron`; whole seconds.',
})
const input = Type.Unknown({ description: 'The input of the operation. Default: `{}`.' })

export const Schedule = Type.Object({
  scheduleId: Uuid,
  name: Slug,
  operationId: Type.String(),
  input: Type.Unknown(),
  cron: Type.Optional(Type.String()),
  timeZone: Type.String(),
  at: Type.Optional(Timestamp),
  overlap: Overlap,
  catchUp: CatchUp,
  ...options,
  status: Status,
  pausedReason: Type.Optional(
    Type.String({ description: '`request`, or the code of the error that paused it.' }),
  ),
  nextFirings: Type.Array(Timestamp, { description: 'The next times, five at most.' }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type Schedule = Static<typeof Schedule>

export const ScheduleRef = Type.Object(
  {
    schedule: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'The name or id of a schedule of the account.',
    }),
  },
  closed,
)
export type ScheduleRef = Static<typeof ScheduleRef>

export const SchedulesCreateInput = Type.Object(
  {
    name: Slug,
    operationId: enqueue.operationId,
    input: Type.Optional(input),
    cron: Type.Optional(Cron),
    timeZone: Type.Optional(TimeZone),
    at: Type.Optional(At),
    overlap: Type.Optional(Overlap),
    catchUp: Type.Optional(CatchUp),
    ...options,
  },
  closed,
)
export type SchedulesCreateInput = Static<typeof SchedulesCreateInput>

export const SchedulesUpdateInput = Type.Object(
  {
    ...ScheduleRef.properties,
    operationId: Type.Optional(enqueue.operationId),
    input: Type.Optional(input),
    cron: Type.Optional(Cron),
    timeZone: Type.Optional(TimeZone),
    at: Type.Optional(At),
    overlap: Type.Optional(Overlap),
    catchUp: Type.Optional(CatchUp),
    ...options,
    webhook: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Null()], {
        description:
          'The name or id of the webhook to which the ends of its calls are reported from now on; null for none.',
      }),
    ),
  },
  closed,
)
export type SchedulesUpdateInput = Static<typeof SchedulesUpdateInput>

export const SchedulesListInput = Type.Object(
  { status: Type.Optional(Status), ...pageInput },
  closed,
)
export type SchedulesListInput = Static<typeof SchedulesListInput>

export const SchedulesFiringsInput = Type.Object(
  { ...ScheduleRef.properties, ...pageInput },
  closed,
)
export type SchedulesFiringsInput = Static<typeof SchedulesFiringsInput>

export const ScheduleFiring = Type.Object({
  dueAt: Timestamp,
  firedAt: Timestamp,
  status: oneOf(['queued', 'waiting', 'skipped', 'failed']),
  reason: Type.Optional(
    Type.String({ description: '`overlap`, `full` (100 wait), or the code of an error.' }),
  ),
  callId: Type.Optional(Uuid),
  manual: Type.Boolean({ description: 'Requested with `schedules.runNow`.' }),
  missedFrom: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'The first of the earlier times that passed without a separate firing.',
    }),
  ),
})
export type ScheduleFiring = Static<typeof ScheduleFiring>

export const SchedulesDeleteOutput = Type.Object({ scheduleId: Uuid })
export type SchedulesDeleteOutput = Static<typeof SchedulesDeleteOutput>

export const SchedulesRunNowOutput = Type.Object({ callId: Uuid })
export type SchedulesRunNowOutput = Static<typeof SchedulesRunNowOutput>

const scopes = [SCOPES.SCHEDULES_WRITE]
const errors = notFound('SCHEDULE_NOT_FOUND', 'schedule')
const webhookErrors = notFound('WEBHOOK_NOT_FOUND', 'webhook')

export const schedulesOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: mutation('schedules.create', {
      title: 'Make a schedule',
      description:
        'Queues a call at an instant, or repeatedly by a cron expression in a time zone, with the rights of the key. Each time fires once. A workflow is scheduled as a call of `workflows.run`.',
      input: SchedulesCreateInput,
      output: Schedule,
      scopes,
      errors: webhookErrors,
    }),
  },
  {
    service: 'coordinator',
    spec: query('schedules.list', {
      title: 'List schedules',
      description: 'The schedules of the account, newest first.',
      input: SchedulesListInput,
      output: page(Schedule),
    }),
  },
  {
    service: 'coordinator',
    spec: query('schedules.get', {
      title: 'One schedule',
      description: 'A schedule of the account, with its next times.',
      input: ScheduleRef,
      output: Schedule,
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('schedules.update', {
      title: 'Change a schedule',
      description:
        'Changes the members that are given. From then on it fires with the rights of the key that changes it.',
      input: SchedulesUpdateInput,
      output: Schedule,
      scopes,
      errors: [...errors, ...webhookErrors],
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('schedules.pause', {
      title: 'Pause a schedule',
      description: 'Stops firing until it is resumed. Times that pass in between are skipped.',
      input: ScheduleRef,
      output: Schedule,
      scopes,
      errors,
      hints: { idempotent: true },
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('schedules.resume', {
      title: 'Resume a schedule',
      description: 'Fires again from its next time on, with the rights of the key that resumes it.',
      input: ScheduleRef,
      output: Schedule,
      scopes,
      errors,
      hints: { idempotent: true },
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('schedules.delete', {
      title: 'Delete a schedule',
      description: 'Deletes a schedule and its firings. Calls that it has queued continue.',
      input: ScheduleRef,
      output: SchedulesDeleteOutput,
      scopes,
      errors,
      hints: { destructive: true },
    }),
  },
  {
    service: 'coordinator',
    spec: query('schedules.firings', {
      title: 'List the firings of a schedule',
      description: 'The firings of a schedule and their outcome, newest first.',
      input: SchedulesFiringsInput,
      output: page(ScheduleFiring),
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('schedules.runNow', {
      title: 'Fire a schedule now',
      description:
        'Queues its call now with the rights of the key that requests it, also when it is paused and while an earlier call runs.',
      input: ScheduleRef,
      output: SchedulesRunNowOutput,
      scopes,
      errors,
    }),
  },
]
