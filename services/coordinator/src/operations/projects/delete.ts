import { serviceSpec } from '@alkdev/contracts'
import type { ProjectRef, ProjectsDeleteInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { deleteProject, inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { RUN_SUBJECT } from '../../workflows/start-steps.ts'
import { changeableProject, projectNotFound } from './project-view.ts'

/** `projects.delete`: what belongs to it goes with it only when that was asked for. */
export function projectsDelete({ runtime, approvals }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('projects.delete'),
    async handler(
      { projectId, force = false }: ProjectsDeleteInput,
      context: OperationContext,
    ): Promise<ProjectRef> {
      const caller = callerOf(context)
      const { row, deleted } = await inTransaction(db, async (tx) => {
        const project = await changeableProject(tx, caller, projectId)
        await audit(tx, context, {
          action: 'projects.deleted',
          orgId: project.orgId,
          targetType: 'project',
          targetId: projectId,
          data: { slug: project.slug, force },
        })
        return {
          row: project,
          deleted: await deleteProject(tx, projectId, { force, runsAskAs: RUN_SUBJECT }),
        }
      })
      if (deleted === undefined) throw projectNotFound(projectId)
      const { change, withdrawn } = deleted
      for (const approval of withdrawn) approvals.announce(approval, 'withdrawn')
      // The change is in the list in Postgres; if the announcement fails, every process reads it within 30 s.
      if (change !== undefined) await bus.announceChange(change).catch(() => undefined)
      const { ownerId, orgId } = row
      bus.emit('project.deleted', projectId, { ownerId, ...(orgId !== null && { orgId }) })
      return { projectId }
    },
  }
}
