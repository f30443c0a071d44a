import { serviceSpec } from '@alkdev/contracts'
import type { WorkspacesListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listWorkspaces } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { visibleProject } from '../projects/project-view.ts'
import { workspaceView } from './workspace-view.ts'

/** `workspaces.list` */
export function workspacesList({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('workspaces.list'),
    async handler(input: WorkspacesListInput, context: OperationContext) {
      await visibleProject(db, callerOf(context), input.projectId)
      const page = await listWorkspaces(db, input)
      return { ...page, items: page.items.map((row) => workspaceView(row)) }
    },
  }
}
