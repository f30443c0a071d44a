import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listWorkflows } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../../context.ts'
import { projectIdOf } from '../../workflows/whose-workflows.ts'
import { workflowSummary } from '../../workflows/workflow-views.ts'

/** `workflows.list` */
export function workflowsList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workflows.list'),
    async handler({ project, versionsOf, ...page }: WorkflowsListInput, context: OperationContext) {
      const projectId = await projectIdOf(db, callerOf(context), project)
      const { items, ...rest } = await listWorkflows(db, { ...page, projectId, name: versionsOf })
      return { items: items.map((row) => workflowSummary(row)), ...rest }
    },
  }
}
