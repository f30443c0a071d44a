import { serviceSpec } from '@alkdev/contracts'
import type { Schedule, ScheduleRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { scheduleOf, viewSchedule } from './schedule-view.ts'

/** `schedules.get` */
export function schedulesGet({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('schedules.get'),
    async handler({ schedule }: ScheduleRef, context: OperationContext): Promise<Schedule> {
      return viewSchedule(db, await scheduleOf(db, callerOf(context), schedule))
    },
  }
}
