import { serviceSpec } from '@alkdev/contracts'
import type { CoordDetectInput, CoordDetectOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { readSessionFindings, readTreeStatus } from '@alkdev/storage/coordination'
import type { CoordinatorContext } from '../../context.ts'
import { announce, evaluate } from '../../detection/watch-sessions.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'

const MAX_SESSIONS = 500
const MAX_FINDINGS = 500

/** `coord.detect` */
export function coordDetect({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('coord.detect'),
    async handler(
      { sessionId, evaluate: isNow = true }: CoordDetectInput,
      context: OperationContext,
    ): Promise<CoordDetectOutput> {
      const caller = callerOf(context)
      const topId = sessionId ?? caller.sessionId
      if (topId !== undefined) await visibleSession(db, caller, topId)
      const rows = await readTreeStatus(db, {
        top: topId === undefined ? { accountId: caller.id } : { sessionId: topId },
        limit: MAX_SESSIONS,
        withEnded: false,
      })
      const ids = rows.map(({ id }) => id)
      if (isNow) announce(runtime, await inTransaction(db, (tx) => evaluate(runtime, tx, ids)))
      const findings = await readSessionFindings(db, ids, { limit: MAX_FINDINGS })
      return {
        sessions: ids.length,
        findings: findings.map((one) => ({
          findingId: one.id,
          sessionId: one.subjectId,
          kind: one.kind,
          severity: one.severity,
          summary: one.summary,
          evidence: one.evidence,
          since: one.createdAt.toISOString(),
        })),
      }
    },
  }
}
