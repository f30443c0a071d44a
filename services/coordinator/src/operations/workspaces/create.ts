import { serviceSpec } from '@alkdev/contracts'
import type { Workspace, WorkspacesCreateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import { createWorkspace, getWorkspace, inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { changeableProject } from '../projects/project-view.ts'
import { spokeIdOf, workspaceEvent, workspaceView } from './workspace-view.ts'

/** `workspaces.create` */
export function workspacesCreate({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workspaces.create'),
    async handler(
      { spoke, ...input }: WorkspacesCreateInput,
      context: OperationContext,
    ): Promise<Workspace> {
      const caller = callerOf(context)
      const { projectId, name } = input
      const id = uuidv7()
      const { project, row } = await inTransaction(runtime.db, async (tx) => {
        const project = await changeableProject(tx, caller, projectId)
        const spokeId = spoke === undefined ? null : await spokeIdOf(tx, caller, spoke)
        await createWorkspace(tx, { ...input, id, spokeId })
        await audit(tx, context, {
          action: 'workspaces.created',
          orgId: project.orgId,
          targetType: 'workspace',
          targetId: id,
          data: { projectId, name },
        })
        return { project, row: must(await getWorkspace(tx, id)) }
      })
      runtime.bus.emit('workspace.created', id, { ...workspaceEvent(project), name })
      return workspaceView(row)
    },
  }
}
