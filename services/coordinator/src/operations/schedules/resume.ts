import { serviceSpec } from '@alkdev/contracts'
import type { Schedule, ScheduleRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction, resolveFindings } from '@alkdev/storage'
import { updateSchedule } from '@alkdev/storage/schedules'
import type { CoordinatorContext } from '../../context.ts'
import { prepareSchedule } from '../../schedules/prepare-schedule.ts'
import { queueingCaller } from '../../schedules/queueing-caller.ts'
import { scheduleOf, viewSchedule } from './schedule-view.ts'

/** `schedules.resume`: checked again, with the rights of the caller, which it has from now on. */
export function schedulesResume({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('schedules.resume'),
    async handler({ schedule }: ScheduleRef, context: OperationContext): Promise<Schedule> {
      const caller = callerOf(context)
      const row = await inTransaction(db, async (tx) => {
        const before = await scheduleOf(tx, caller, schedule, true)
        if (before.status === 'active') return before
        if (before.status === 'ended')
          throw new CallError('CONFLICT', 'The schedule has no further time.')
        const prepared = await prepareSchedule(runtime, caller, context, {
          operationId: before.operationName,
          input: JSON.parse(before.input) as unknown,
          cron: before.cron ?? undefined,
          at: before.at?.toISOString(),
          timeZone: before.timeZone,
          options: before.options,
        })
        await resolveFindings(tx, { type: 'schedule', id: before.id })
        await audit(tx, context, {
          action: 'schedules.resumed',
          targetType: 'schedule',
          targetId: before.id,
        })
        const change = { ...prepared, status: 'active' as const, pausedReason: null }
        return updateSchedule(tx, before.id, change, queueingCaller(caller))
      })
      return viewSchedule(db, row)
    },
  }
}
