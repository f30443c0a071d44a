import { serviceSpec } from '@alkdev/contracts'
import type { Project, ProjectsCreateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { createProject, getMember, inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../context.ts'
import { checkRepoUrl, projectView } from './project-view.ts'

/** `projects.create`: in an organization every member may. */
export function projectsCreate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('projects.create'),
    async handler(input: ProjectsCreateInput, context: OperationContext): Promise<Project> {
      const { id: ownerId } = callerOf(context)
      const { orgId, slug, name = slug } = input
      checkRepoUrl(input.repoUrl)
      const id = uuidv7()
      const row = await inTransaction(db, async (tx) => {
        if (orgId !== undefined && (await getMember(tx, orgId, ownerId)) === undefined) {
          throw new CallError(
            'ORG_NOT_FOUND',
            `There is no organization ${orgId}.`,
            { orgId },
            { httpStatus: 404 },
          )
        }
        const created = await createProject(tx, { ...input, id, ownerId, name })
        await audit(tx, context, {
          action: 'projects.created',
          ...(orgId !== undefined && { orgId }),
          targetType: 'project',
          targetId: id,
          data: { slug },
        })
        return created
      })
      bus.emit('project.created', id, { ownerId, ...(orgId !== undefined && { orgId }), slug })
      return projectView(row)
    },
  }
}
