import { serviceSpec } from '@alkdev/contracts'
import type { ProjectsListInput } from '@alkdev/contracts'
import { callerOf, orgIdsOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listProjects } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { projectView } from './project-view.ts'

/** `projects.list` */
export function projectsList({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('projects.list'),
    async handler(input: ProjectsListInput, context: OperationContext) {
      const caller = callerOf(context)
      const viewer = { accountId: caller.id, orgIds: await orgIdsOf(db, caller) }
      const page = await listProjects(db, { ...input, viewer })
      return { ...page, items: page.items.map((row) => projectView(row)) }
    },
  }
}
