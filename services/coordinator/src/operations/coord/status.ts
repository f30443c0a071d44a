import { serviceSpec } from '@alkdev/contracts'
import type { CoordSession, CoordStatusInput, CoordStatusOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { readTreeStatus } from '@alkdev/storage/coordination'
import type { TreeStatusRow } from '@alkdev/storage/coordination'
import type { CoordinatorContext } from '../../context.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'
import { withoutNulls } from '../../workflows/without-nulls.ts'

const MAX_SESSIONS = 1000

/** `coord.status` */
export function coordStatus({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('coord.status'),
    async handler(
      { sessionId, ended = true }: CoordStatusInput,
      context: OperationContext,
    ): Promise<CoordStatusOutput> {
      const caller = callerOf(context)
      const topId = sessionId ?? caller.sessionId
      if (topId !== undefined) await visibleSession(db, caller, topId)
      const rows = await readTreeStatus(db, {
        top: topId === undefined ? { accountId: caller.id } : { sessionId: topId },
        limit: MAX_SESSIONS + 1,
        withEnded: ended,
      })
      return {
        at: new Date().toISOString(),
        sessions: rows.slice(0, MAX_SESSIONS).map(coordSession),
        truncated: rows.length > MAX_SESSIONS,
      }
    },
  }
}

function coordSession(row: TreeStatusRow): CoordSession {
  const { work, workspace, merge, costBudget, tokenBudget, inputTokens, outputTokens, cost } = row
  return {
    sessionId: row.id,
    depth: row.depth,
    title: row.title,
    mode: row.mode,
    status: row.status as CoordSession['status'],
    stateSince: row.stateSince,
    ...(withoutNulls({
      parentId: row.parentId,
      waitingOn: row.waitingOn,
      progressAt: row.progressAt,
      role: row.role,
      model: row.model,
      turnId: row.turnId,
      endReason: row.endReason,
      stopReason: row.stopReason,
      spawnStep: row.spawnStep,
      task: row.task,
    }) as Partial<CoordSession>),
    ...(work !== null && { work: withoutNulls(work) as CoordSession['work'] & object }),
    ...(workspace !== null && {
      workspace: withoutNulls(workspace) as CoordSession['workspace'] & object,
    }),
    ...(merge !== null && { merge: withoutNulls(merge) as CoordSession['merge'] & object }),
    runningCalls: row.runningCalls,
    waitingMessages: row.waitingMessages,
    openApprovals: [...row.openApprovals],
    ...(row.askedOf.some((names) => names.length > 0) && {
      askedOf: [...new Set(row.askedOf.flat())],
    }),
    findings: [...row.findings],
    spend: {
      inputTokens,
      outputTokens,
      cost,
      ...(costBudget !== null && { costBudget }),
      ...(tokenBudget !== null && { tokenBudget }),
    },
  }
}
