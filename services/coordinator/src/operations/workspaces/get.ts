import { serviceSpec } from '@alkdev/contracts'
import type { Workspace, WorkspaceRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { visibleWorkspace, workspaceView } from './workspace-view.ts'

/** `workspaces.get` */
export function workspacesGet({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workspaces.get'),
    async handler({ workspaceId }: WorkspaceRef, context: OperationContext): Promise<Workspace> {
      const { row } = await visibleWorkspace(runtime.db, callerOf(context), workspaceId)
      return workspaceView(row)
    },
  }
}
