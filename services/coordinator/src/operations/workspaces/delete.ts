import { serviceSpec } from '@alkdev/contracts'
import type { WorkspaceRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { deleteWorkspace, inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { changeableWorkspace, workspaceEvent } from './workspace-view.ts'

/** `workspaces.delete` */
export function workspacesDelete({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workspaces.delete'),
    async handler({ workspaceId }: WorkspaceRef, context: OperationContext): Promise<WorkspaceRef> {
      const { row, project } = await inTransaction(runtime.db, async (tx) => {
        const found = await changeableWorkspace(tx, callerOf(context), workspaceId)
        await audit(tx, context, {
          action: 'workspaces.deleted',
          orgId: found.project.orgId,
          targetType: 'workspace',
          targetId: workspaceId,
          data: { projectId: found.project.id, name: found.row.name },
        })
        await deleteWorkspace(tx, workspaceId)
        return found
      })
      const event = { ...workspaceEvent(project), name: row.name }
      runtime.bus.emit('workspace.deleted', workspaceId, event)
      return { workspaceId }
    },
  }
}
