import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { SessionsListInput } from '@alkdev/contracts/agents'
import { callerOf, orgIdsOf } from '@alkdev/service'
import { coversScope } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listSessions } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { projectIdOf } from '../../workflows/whose-workflows.ts'

/** `sessions.list` */
export function sessionsList({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('sessions.list'),
    async handler({ project, ...input }: SessionsListInput, context: OperationContext) {
      const caller = callerOf(context)
      const seesOthers = coversScope(caller.scopes, SCOPES.SESSIONS_READ)
      const page = await listSessions(db, {
        ...input,
        accountId: caller.id,
        orgIds: seesOthers ? await orgIdsOf(db, caller) : [],
        withinSession: caller.sessionId,
        projectId: project === undefined ? undefined : await projectIdOf(db, caller, project),
      })
      return { ...page, items: page.items.map((row) => sessionView(row)) }
    },
  }
}
