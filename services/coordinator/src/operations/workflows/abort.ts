import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsAbortInput, WorkflowsAbortOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { requestRunAbort } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../../context.ts'
import { visibleRun } from '../../workflows/whose-workflows.ts'
import { changeableProject } from '../projects/project-view.ts'

/** `workflows.abort` */
export function workflowsAbort({ runtime, workflows }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workflows.abort'),
    async handler(
      { runId, reason = 'Aborted on request.' }: WorkflowsAbortInput,
      context: OperationContext,
    ): Promise<WorkflowsAbortOutput> {
      const caller = callerOf(context)
      const isOpen = await inTransaction(runtime.db, async (tx) => {
        const run = await visibleRun(tx, caller, runId)
        if (run.accountId !== caller.id) await changeableProject(tx, caller, run.projectId)
        const requested = await requestRunAbort(tx, runId, reason)
        if (requested === true)
          await audit(tx, context, {
            action: 'workflows.aborted',
            targetType: 'workflow-run',
            targetId: runId,
            data: { reason },
          })
        return requested === true
      })
      if (isOpen) workflows.wake(runId)
      return { runId, receipt: isOpen ? 'accepted' : 'too-late' }
    },
  }
}
