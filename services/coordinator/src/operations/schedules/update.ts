import { serviceSpec } from '@alkdev/contracts'
import type { Schedule, ScheduleCallOptions, SchedulesUpdateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { updateSchedule } from '@alkdev/storage/schedules'
import type { CoordinatorContext } from '../../context.ts'
import { callOptionsOf, prepareSchedule } from '../../schedules/prepare-schedule.ts'
import { withWebhookId } from '../../webhooks/webhook-access.ts'
import { queueingCaller } from '../../schedules/queueing-caller.ts'
import { scheduleOf, viewSchedule } from './schedule-view.ts'

/** `schedules.update`: the whole is checked again, with the rights of the caller. */
export function schedulesUpdate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('schedules.update'),
    async handler(input: SchedulesUpdateInput, context: OperationContext): Promise<Schedule> {
      const caller = callerOf(context)
      const { schedule, overlap, catchUp, webhook, ...change } = input
      const row = await inTransaction(db, async (tx) => {
        const before = await scheduleOf(tx, caller, schedule, true)
        // A new kind of time takes the place of the other one.
        const isAtNew = change.at !== undefined && change.cron === undefined
        const isCronNew = change.cron !== undefined && change.at === undefined
        const named = { ...change, ...(typeof webhook === 'string' && { webhook }) }
        const options = callOptionsOf(await withWebhookId(tx, caller, named))
        const { webhook: bound, ...kept } = before.options as ScheduleCallOptions
        const prepared = await prepareSchedule(runtime, caller, context, {
          operationId: change.operationId ?? before.operationName,
          input: change.input ?? (JSON.parse(before.input) as unknown),
          cron: isAtNew ? undefined : (change.cron ?? before.cron ?? undefined),
          at: isCronNew ? undefined : (change.at ?? before.at?.toISOString()),
          timeZone: change.timeZone ?? before.timeZone,
          options: { ...kept, ...(webhook !== null && compact({ webhook: bound })), ...options },
        })
        const isPaused = before.status === 'paused'
        await audit(tx, context, {
          action: 'schedules.updated',
          targetType: 'schedule',
          targetId: before.id,
          data: { fields: Object.keys(input).filter((name) => name !== 'schedule') },
        })
        return updateSchedule(
          tx,
          before.id,
          {
            ...prepared,
            ...compact({ overlap, catchUp }),
            ...(isPaused ? { nextDueAt: null } : { status: 'active' as const }),
          },
          queueingCaller(caller),
        )
      })
      return viewSchedule(db, row)
    },
  }
}
