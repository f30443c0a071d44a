import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsRetryInput, WorkflowsRetryOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { getWorkflowVersion, reopenRun } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../../context.ts'
import { loadRun, requireStep } from '../../workflows/loaded-run.ts'
import { failedSteps } from '../../workflows/run-end.ts'
import { runRightsOf } from '../../workflows/run-rights.ts'
import { RUN_SUBJECT } from '../../workflows/start-steps.ts'
import { requireRunnable } from '../../workflows/start-run.ts'
import { ownRun } from '../../workflows/whose-workflows.ts'

/**
 * `workflows.retry`: checked again, with the rights of the caller, which the run has from now on. So a key repeats nothing that it may not do
 * itself, and a run whose key was revoked goes on with another one.
 */
export function workflowsRetry({ runtime, workflows }: CoordinatorContext): IOperationDefinition {
  const { db, config } = runtime
  return {
    ...serviceSpec('workflows.retry'),
    async handler(
      { runId, steps }: WorkflowsRetryInput,
      context: OperationContext,
    ): Promise<WorkflowsRetryOutput> {
      const caller = callerOf(context)
      const rights = runRightsOf(context, config.limits.maxCallDepth)
      const run = await ownRun(db, caller, runId)
      if (run.status !== 'failed')
        throw new CallError(
          'CONFLICT',
          `The run is ${run.status}; only one that failed is retried.`,
          {
            runId,
            status: run.status,
          },
        )
      const loaded = await loadRun(db, run)
      const { root } = loaded.state
      for (const step of steps ?? []) requireStep(loaded, runId, step)
      const retried = root.retryNodes(steps ?? failedSteps(root))
      if (retried.length === 0)
        throw new CallError('CONFLICT', 'None of the steps failed by a call.', { runId })
      await requireRunnable(runtime, caller, must(await getWorkflowVersion(db, run.templateId)))
      const events = loaded.state.takeUnsaved()
      await reopenRun(db, runId, {
        seq: run.eventSeq,
        events,
        rights,
        asksAs: RUN_SUBJECT,
      })
      workflows.wake(runId)
      return { runId, steps: [...retried] }
    },
  }
}
