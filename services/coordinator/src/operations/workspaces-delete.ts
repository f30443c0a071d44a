import { serviceSpec } from '@alkdev/contracts'
import type { WorkspaceRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { deleteWorkspace, inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../context.ts'
import { changeableWorkspace } from './workspace-view.ts'

/** `workspaces.delete` */
export function workspacesDelete({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workspaces.delete'),
    async handler({ workspaceId }: WorkspaceRef, context: OperationContext): Promise<WorkspaceRef> {
      await inTransaction(runtime.db, async (tx) => {
        const { row, project } = await changeableWorkspace(tx, callerOf(context), workspaceId)
        await audit(tx, context, {
          action: 'workspaces.deleted',
          orgId: project.orgId,
          targetType: 'workspace',
          targetId: workspaceId,
          data: { projectId: project.id, name: row.name },
        })
        await deleteWorkspace(tx, workspaceId)
      })
      return { workspaceId }
    },
  }
}
