import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsGetInput, WorkflowsGetOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { compileWorkflow } from '../../workflows/compiled-workflow.ts'
import { drawWorkflow } from '../../workflows/draw-workflow.ts'
import { runView } from '../../workflows/run-view.ts'
import { visibleRun, visibleWorkflow } from '../../workflows/whose-workflows.ts'
import { workflowView } from '../../workflows/workflow-views.ts'

/** `workflows.get` */
export function workflowsGet({
  runtime: { db, config },
}: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workflows.get'),
    async handler(
      { runId, step, graph, ...which }: WorkflowsGetInput,
      context: OperationContext,
    ): Promise<WorkflowsGetOutput> {
      const caller = callerOf(context)
      if (runId !== undefined) {
        if (Object.keys(which).length > 0)
          throw new CallError('VALIDATION_ERROR', 'Give a run or a workflow.')
        const run = await visibleRun(db, caller, runId)
        return runView(db, run, { step, graph, maxBytes: config.limits.maxPayloadBytes })
      }
      if (step !== undefined) throw new CallError('VALIDATION_ERROR', '`step` needs `runId`.')
      const version = await visibleWorkflow(db, caller, which)
      return {
        workflow: workflowView(version),
        ...(graph !== undefined && {
          graph: drawWorkflow(compileWorkflow(version.template), graph),
        }),
      }
    },
  }
}
