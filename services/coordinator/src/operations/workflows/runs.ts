import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsRunsInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listWorkflowRuns } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../../context.ts'
import { projectIdOf } from '../../workflows/whose-workflows.ts'
import { runSummary } from '../../workflows/workflow-views.ts'

/** `workflows.runs` */
export function workflowsRuns({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workflows.runs'),
    async handler({ project, ...input }: WorkflowsRunsInput, context: OperationContext) {
      const caller = callerOf(context)
      const whose =
        project === undefined
          ? { accountId: caller.id }
          : { projectId: await projectIdOf(db, caller, project) }
      const { items, ...rest } = await listWorkflowRuns(db, { ...input, ...whose })
      return { items: items.map((run) => runSummary(run)), ...rest }
    },
  }
}
