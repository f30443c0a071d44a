import { serviceSpec } from '@alkdev/contracts'
import type { Schedule, SchedulesCreateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { createSchedule } from '@alkdev/storage/schedules'
import type { CoordinatorContext } from '../../context.ts'
import { callOptionsOf, prepareSchedule } from '../../schedules/prepare-schedule.ts'
import { withWebhookId } from '../../webhooks/webhook-access.ts'
import { queueingCaller } from '../../schedules/queueing-caller.ts'
import { viewSchedule } from './schedule-view.ts'

/** `schedules.create` */
export function schedulesCreate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('schedules.create'),
    async handler(input: SchedulesCreateInput, context: OperationContext): Promise<Schedule> {
      const caller = callerOf(context)
      const { name, overlap, catchUp, operationId, cron, timeZone, at } = input
      const asked = { operationId, input: input.input, cron, timeZone, at }
      const options = callOptionsOf(await withWebhookId(db, caller, input))
      const prepared = await prepareSchedule(runtime, caller, context, { ...asked, options })
      const row = await inTransaction(db, async (tx) => {
        const created = await createSchedule(tx, queueingCaller(caller), {
          ...prepared,
          name,
          ...compact({ overlap, catchUp }),
        })
        await audit(tx, context, {
          action: 'schedules.created',
          targetType: 'schedule',
          targetId: created.id,
          data: { name, operationId },
        })
        return created
      })
      return viewSchedule(db, row)
    },
  }
}
