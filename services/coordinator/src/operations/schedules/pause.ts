import { serviceSpec } from '@alkdev/contracts'
import type { Schedule, ScheduleRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { updateSchedule } from '@alkdev/storage/schedules'
import type { CoordinatorContext } from '../../context.ts'
import { scheduleOf, viewSchedule } from './schedule-view.ts'

/** `schedules.pause` */
export function schedulesPause({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('schedules.pause'),
    async handler({ schedule }: ScheduleRef, context: OperationContext): Promise<Schedule> {
      const row = await inTransaction(db, async (tx) => {
        const before = await scheduleOf(tx, callerOf(context), schedule, true)
        if (before.status === 'ended')
          throw new CallError('CONFLICT', 'The schedule has no further time.')
        if (before.status === 'paused') return before
        await audit(tx, context, {
          action: 'schedules.paused',
          targetType: 'schedule',
          targetId: before.id,
        })
        return updateSchedule(tx, before.id, {
          status: 'paused',
          pausedReason: 'request',
          nextDueAt: null,
        })
      })
      return viewSchedule(db, row)
    },
  }
}
