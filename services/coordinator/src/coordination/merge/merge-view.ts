import type { CoordCheckRun, CoordMerge } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import type { MergeQueueRow } from '@alkdev/storage/coordination'

/** A merge as its lead sees it. */
export function mergeView(row: MergeQueueRow): CoordMerge {
  const evidence = (row.evidence ?? {}) as {
    conflicts?: string[]
    checks?: CoordCheckRun[]
    savedRef?: string
  }
  return {
    mergeId: row.id,
    projectId: row.projectId,
    target: row.targetBranch,
    branch: row.branch,
    status: row.status,
    createdAt: row.createdAt.toISOString(),
    ...compact({
      sessionId: row.sessionId ?? undefined,
      step: row.endedAt === null ? (row.step ?? undefined) : undefined,
      reason: row.reason ?? undefined,
      error: row.error ?? undefined,
      targetHead: row.targetHead ?? undefined,
      oldHead: row.oldHead ?? undefined,
      newHead: row.newHead ?? undefined,
      conflicts: evidence.conflicts,
      checks: evidence.checks,
      savedRef: evidence.savedRef,
      endedAt: row.endedAt?.toISOString(),
    }),
  }
}
