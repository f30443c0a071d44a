import { serviceSpec } from '@alkdev/contracts'
import type { CoordAbortInput, CoordAbortOutput } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact, uuidv7 } from '@alkdev/std'
import type { CoordinatorContext } from '../../context.ts'
import { releaseAborted } from '../../coordination/release-aborted.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'

/** `coord.abort` */
export function coordAbort({ runtime, coordination }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('coord.abort'),
    async handler(
      { sessionId, reason = 'Aborted on request.' }: CoordAbortInput,
      context: OperationContext,
    ): Promise<CoordAbortOutput> {
      const caller = callerOf(context)
      const session = await changeableSession(runtime.db, caller, sessionId)
      const abortId = uuidv7()
      const request = {
        abortId,
        sessionId,
        accountId: caller.id,
        reason,
        ...compact({ bySessionId: caller.sessionId }),
      }
      const output = await coordination.abort(
        request,
        async (tx, aborted) => {
          await releaseAborted(tx, aborted, { abortId, reason })
          await audit(tx, context, {
            action: 'sessions.aborted',
            targetType: 'session',
            targetId: sessionId,
            data: { abortId, sessions: aborted.length },
          })
        },
        context.signal,
      )
      coordination.emit('coord.aborted', session, { abortId, sessions: output.receipts.length })
      return output
    },
  }
}
