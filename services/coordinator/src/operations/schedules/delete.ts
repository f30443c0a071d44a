import { serviceSpec } from '@alkdev/contracts'
import type { ScheduleRef, SchedulesDeleteOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction, resolveFindings } from '@alkdev/storage'
import { deleteSchedule } from '@alkdev/storage/schedules'
import type { CoordinatorContext } from '../../context.ts'
import { scheduleOf } from './schedule-view.ts'

/** `schedules.delete` */
export function schedulesDelete({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('schedules.delete'),
    handler({ schedule }: ScheduleRef, context: OperationContext): Promise<SchedulesDeleteOutput> {
      return inTransaction(db, async (tx) => {
        const { id, name } = await scheduleOf(tx, callerOf(context), schedule, true)
        await resolveFindings(tx, { type: 'schedule', id })
        await deleteSchedule(tx, id)
        await audit(tx, context, {
          action: 'schedules.deleted',
          targetType: 'schedule',
          targetId: id,
          data: { name },
        })
        return { scheduleId: id }
      })
    },
  }
}
