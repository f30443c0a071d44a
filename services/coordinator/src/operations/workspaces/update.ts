import { serviceSpec } from '@alkdev/contracts'
import type { Workspace, WorkspacesUpdateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { getWorkspace, inTransaction, updateWorkspace } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import {
  changeableWorkspace,
  spokeIdOf,
  workspaceEvent,
  workspaceNotFound,
  workspaceView,
} from './workspace-view.ts'

/** `workspaces.update` */
export function workspacesUpdate({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workspaces.update'),
    async handler(
      { workspaceId, spoke, head, ...change }: WorkspacesUpdateInput,
      context: OperationContext,
    ): Promise<Workspace> {
      const caller = callerOf(context)
      const { row, project } = await inTransaction(runtime.db, async (tx) => {
        const found = await changeableWorkspace(tx, caller, workspaceId)
        await audit(tx, context, {
          action: 'workspaces.updated',
          orgId: found.project.orgId,
          targetType: 'workspace',
          targetId: workspaceId,
          data: { fields: Object.keys({ ...change, ...compact({ spoke, head }) }) },
        })
        const spokeId = spoke == null ? spoke : await spokeIdOf(tx, caller, spoke)
        // Another place, or another branch, has another head.
        const isElsewhere = [spoke, change.branch, change.worktree].some((one) => one !== undefined)
        const expectedHead = head === undefined && isElsewhere ? null : head
        await updateWorkspace(tx, workspaceId, {
          ...change,
          ...compact({ spokeId, expectedHead }),
        })
        return { row: await getWorkspace(tx, workspaceId), project: found.project }
      })
      if (row === undefined) throw workspaceNotFound(workspaceId)
      const event = { ...workspaceEvent(project), name: row.name, status: row.status }
      runtime.bus.emit('workspace.updated', workspaceId, event)
      return workspaceView(row)
    },
  }
}
