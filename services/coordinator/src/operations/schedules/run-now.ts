import { serviceSpec } from '@alkdev/contracts'
import type { ScheduleCallOptions, ScheduleRef, SchedulesRunNowOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { fireManually } from '@alkdev/storage/schedules'
import type { CoordinatorContext } from '../../context.ts'
import { prepareCall } from '../../queue/prepare-call.ts'
import { queueingCaller } from '../../schedules/queueing-caller.ts'
import { scheduleOf } from './schedule-view.ts'

/** `schedules.runNow`: with the rights of the caller, so that a key without the right to the operation does not run it. */
export function schedulesRunNow({ runtime, queue }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('schedules.runNow'),
    async handler(
      { schedule }: ScheduleRef,
      context: OperationContext,
    ): Promise<SchedulesRunNowOutput> {
      const caller = callerOf(context)
      const { id, operationName, input, options } = await scheduleOf(db, caller, schedule)
      const callOptions = options as ScheduleCallOptions
      const prepared = await prepareCall(runtime, caller, context, {
        operationId: operationName,
        input: JSON.parse(input) as unknown,
        ...callOptions,
      })
      const call = { ...prepared, webhookId: callOptions.webhook }
      await inTransaction(db, async (tx) => {
        await fireManually(tx, id, { caller: queueingCaller(caller), makeCall: () => call })
        await audit(tx, context, {
          action: 'schedules.ran',
          targetType: 'schedule',
          targetId: id,
          data: { callId: call.id },
        })
      })
      queue.onStored([call])
      return { callId: call.id }
    },
  }
}
