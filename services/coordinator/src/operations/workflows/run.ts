import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsRunInput, WorkflowsRunOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import type { CoordinatorContext } from '../../context.ts'
import { startRun } from '../../workflows/start-run.ts'
import { visibleWorkflow } from '../../workflows/whose-workflows.ts'

/** `workflows.run` */
export function workflowsRun(coordinator: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workflows.run'),
    async handler(
      { input = {}, runId: given, ...which }: WorkflowsRunInput,
      context: OperationContext,
    ): Promise<WorkflowsRunOutput> {
      const version = await visibleWorkflow(coordinator.runtime.db, callerOf(context), which)
      const runId = given?.toLowerCase() ?? uuidv7()
      const known = await startRun(coordinator, context, { runId, version, input })
      return { runId, workflowId: version.id, version: version.version, known }
    },
  }
}
