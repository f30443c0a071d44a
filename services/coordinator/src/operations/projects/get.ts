import { serviceSpec } from '@alkdev/contracts'
import type { Project, ProjectRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { projectView, visibleProject } from './project-view.ts'

/** `projects.get` */
export function projectsGet({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('projects.get'),
    async handler({ projectId }: ProjectRef, context: OperationContext): Promise<Project> {
      return projectView(await visibleProject(runtime.db, callerOf(context), projectId))
    },
  }
}
