import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { CoordMergesInput, CoordMergesOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { coversScope } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact, must } from '@alkdev/std'
import { listMerges } from '@alkdev/storage/coordination'
import { getSession } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { mergeView } from '../../coordination/merge/merge-view.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'
import { projectIdOf } from '../../workflows/whose-workflows.ts'

const DEFAULT_LIMIT = 100

/** `coord.merges` */
export function coordMerges({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('coord.merges'),
    async handler(
      { sessionId, project, target, open, limit = DEFAULT_LIMIT }: CoordMergesInput,
      context: OperationContext,
    ): Promise<CoordMergesOutput> {
      const caller = callerOf(context)
      const ownId = caller.sessionId
      if (sessionId !== undefined && sessionId !== ownId)
        await visibleSession(db, caller, sessionId)
      const projectId = async (): Promise<string> =>
        ownId === undefined
          ? projectIdOf(db, caller, project)
          : must(await getSession(db, ownId)).projectId
      // Who sees a project of an organization does not see the sessions of its other members.
      const isForAll = sessionId !== undefined || coversScope(caller.scopes, SCOPES.SESSIONS_READ)
      const rows = await listMerges(db, {
        ...(sessionId === undefined ? { projectId: await projectId() } : { sessionId }),
        ...compact({ targetBranch: target, isOpen: open }),
        ...(!isForAll && { ownerId: caller.id }),
        limit,
      })
      return { merges: rows.map(mergeView) }
    },
  }
}
