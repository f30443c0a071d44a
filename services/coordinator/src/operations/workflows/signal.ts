import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsSignalInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { sendSignal } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../../context.ts'
import { ownRun } from '../../workflows/whose-workflows.ts'

/** `workflows.signal` */
export function workflowsSignal({ runtime, workflows }: CoordinatorContext): IOperationDefinition {
  const { db, config } = runtime
  return {
    ...serviceSpec('workflows.signal'),
    async handler(
      { runId, event: name, data: given = null, signalId }: WorkflowsSignalInput,
      context: OperationContext,
    ) {
      await ownRun(db, callerOf(context), runId)
      const data = JSON.stringify(given)
      const { maxPayloadBytes } = config.limits
      if (Buffer.byteLength(data) > maxPayloadBytes)
        throw new CallError(
          'PAYLOAD_TOO_LARGE',
          `The event has more than ${maxPayloadBytes} bytes.`,
        )
      const id = signalId?.toLowerCase() ?? uuidv7()
      await sendSignal(db, { id, runId, name, data })
      workflows.wake(runId)
      return { runId, signalId: id }
    },
  }
}
