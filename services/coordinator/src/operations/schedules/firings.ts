import { serviceSpec } from '@alkdev/contracts'
import type { ScheduleFiring, SchedulesFiringsInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listFirings } from '@alkdev/storage/schedules'
import type { ScheduleFiringRow } from '@alkdev/storage/schedules'
import type { CoordinatorContext } from '../../context.ts'
import { scheduleOf } from './schedule-view.ts'

/** `schedules.firings` */
export function schedulesFirings({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('schedules.firings'),
    async handler({ schedule, ...input }: SchedulesFiringsInput, context: OperationContext) {
      const { id: scheduleId } = await scheduleOf(db, callerOf(context), schedule)
      const { items, ...rest } = await listFirings(db, { ...input, scheduleId })
      return { items: items.map((row) => firingView(row)), ...rest }
    },
  }
}

function firingView(row: ScheduleFiringRow): ScheduleFiring {
  const { reason, callId, missedFrom } = row
  return {
    dueAt: row.dueAt.toISOString(),
    firedAt: row.createdAt.toISOString(),
    status: row.status,
    manual: row.manual,
    ...(reason !== null && { reason }),
    ...(callId !== null && { callId }),
    ...(missedFrom !== null && { missedFrom: missedFrom.toISOString() }),
  }
}
