import { serviceSpec } from '@alkdev/contracts'
import type { Project, ProjectsCreateInput } from '@alkdev/contracts'
import { audit, callerOf, levelIn } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact, uuidv7 } from '@alkdev/std'
import { createProject, inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { checkRepoUrl, projectView } from './project-view.ts'

/** `projects.create`: in an organization every member may. */
export function projectsCreate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('projects.create'),
    async handler(input: ProjectsCreateInput, context: OperationContext): Promise<Project> {
      const caller = callerOf(context)
      const { id: ownerId } = caller
      const { orgId, slug, name = slug } = input
      checkRepoUrl(input.repoUrl)
      const id = uuidv7()
      const row = await inTransaction(db, async (tx) => {
        if (orgId !== undefined && (await levelIn(tx, caller, orgId)) === undefined) {
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
          ...compact({ orgId }),
          targetType: 'project',
          targetId: id,
          data: { slug },
        })
        return created
      })
      bus.emit('project.created', id, { ownerId, ...compact({ orgId }), slug })
      return projectView(row)
    },
  }
}
