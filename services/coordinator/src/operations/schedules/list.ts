import { serviceSpec } from '@alkdev/contracts'
import type { SchedulesListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listSchedules, readDatabaseTime } from '@alkdev/storage/schedules'
import type { CoordinatorContext } from '../../context.ts'
import { scheduleView } from './schedule-view.ts'

/** `schedules.list` */
export function schedulesList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('schedules.list'),
    async handler(input: SchedulesListInput, context: OperationContext) {
      const accountId = callerOf(context).id
      const { items, ...rest } = await listSchedules(db, { ...input, accountId })
      const now = await readDatabaseTime(db)
      return { items: items.map((row) => scheduleView(row, now)), ...rest }
    },
  }
}
