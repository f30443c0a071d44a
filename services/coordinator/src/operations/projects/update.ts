import { serviceSpec } from '@alkdev/contracts'
import type { Project, ProjectsUpdateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction, updateProject } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { changeableProject, checkRepoUrl, projectNotFound, projectView } from './project-view.ts'

/** `projects.update` */
export function projectsUpdate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('projects.update'),
    async handler(
      { projectId, ...change }: ProjectsUpdateInput,
      context: OperationContext,
    ): Promise<Project> {
      const caller = callerOf(context)
      checkRepoUrl(change.repoUrl)
      const row = await inTransaction(db, async (tx) => {
        const { orgId } = await changeableProject(tx, caller, projectId)
        await audit(tx, context, {
          action: 'projects.updated',
          orgId,
          targetType: 'project',
          targetId: projectId,
          data: { fields: Object.keys(change) },
        })
        return updateProject(tx, projectId, change)
      })
      if (row === undefined) throw projectNotFound(projectId)
      const { ownerId, orgId } = row
      bus.emit('project.updated', projectId, { ownerId, ...(orgId !== null && { orgId }) })
      return projectView(row)
    },
  }
}
