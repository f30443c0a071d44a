import type { ScheduleCallOptions } from '@alkdev/contracts'
import type { ServiceRuntime } from '@alkdev/service'
import { validationError } from '@alkdev/operations'
import type { Identity, OperationContext } from '@alkdev/operations'
import { readDatabaseTime } from '@alkdev/storage/schedules'
import type { ScheduleRow } from '@alkdev/storage/schedules'
import { prepareCall } from '../queue/prepare-call.ts'
import { firstTime } from './cron-times.ts'

/** What a schedule is to do, and when. */
export interface AskedSchedule {
  readonly operationId: string
  readonly input: unknown
  readonly cron: string | undefined
  readonly timeZone: string | undefined
  readonly at: string | undefined
  readonly options: ScheduleCallOptions
}

/** The columns of a schedule that follow from what is asked. */
export type PreparedSchedule = Pick<
  ScheduleRow,
  | 'operationName'
  | 'input'
  | 'retry'
  | 'options'
  | 'cron'
  | 'timeZone'
  | 'at'
  | 'nextDueAt'
  | 'depth'
  | 'metadata'
>

/**
 * Checks a schedule with the rights of the caller: its call as `calls.enqueue` does, and its times by the clock of the database. Throws
 * VALIDATION_ERROR for times that never come, and what `calls.enqueue` throws.
 */
export async function prepareSchedule(
  runtime: ServiceRuntime<'coordinator'>,
  caller: Identity,
  context: OperationContext,
  { operationId, input, cron, timeZone = 'UTC', at, options }: AskedSchedule,
): Promise<PreparedSchedule> {
  if ((cron === undefined) === (at === undefined))
    throw validationError('The schedule', [
      { path: '/cron', message: 'must be given, or `at` in its place' },
    ])
  const call = await prepareCall(runtime, caller, context, { operationId, input, ...options })
  const when = { cron: cron ?? null, timeZone, at: at === undefined ? null : wholeSecond(at) }
  const nextDueAt = firstTime(when, await readDatabaseTime(runtime.db))
  return {
    ...when,
    nextDueAt,
    operationName: call.operationName,
    input: call.input,
    retry: call.retry,
    options,
    depth: call.depth,
    metadata: { ...call.metadata },
  }
}

const wholeSecond = (text: string): Date => new Date(Math.floor(Date.parse(text) / 1000) * 1000)

/** The members for the calls, of the input of an operation. */
export function callOptionsOf(input: ScheduleCallOptions): ScheduleCallOptions {
  const { priority, timeoutMs, maxAttempts, backoffMs, expiresAfterMs, webhook } = input
  const given = { priority, timeoutMs, maxAttempts, backoffMs, expiresAfterMs, webhook }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
