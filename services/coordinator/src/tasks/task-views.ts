import type { TaskClaim, TaskDetail, TaskItem } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import type { TaskSummary } from '@alkdev/storage'
import type { TaskClaimRow, TaskRow } from '@alkdev/storage/tasks'

/** A claim that is not released; undefined for another. `name`: of its holder. */
export function claimView(row: TaskClaimRow | undefined, name?: string): TaskClaim | undefined {
  if (row === undefined || row.releasedAt !== null) return undefined
  return {
    token: row.token,
    since: row.since.toISOString(),
    ...compact({
      sessionId: row.sessionId ?? undefined,
      accountId: row.accountId ?? undefined,
      name,
      expiresAt: row.expiresAt?.toISOString(),
    }),
  }
}

export function taskItem(
  row: TaskSummary,
  claim: TaskClaimRow | undefined,
  holderName?: string,
): TaskItem {
  const optional = {
    path: row.path,
    scope: row.scope,
    risk: row.risk,
    impact: row.impact,
    level: row.level,
    priority: row.priority,
    assignee: row.assignee,
    due: row.due,
    estimate: row.estimate,
    statusReason: row.statusReason,
  }
  const assessed = Object.entries(optional).filter(([, value]) => value !== null)
  const view = claimView(claim, holderName)
  return {
    taskId: row.id,
    slug: row.slug,
    name: row.name,
    status: row.status,
    tags: row.tags,
    dependsOn: row.dependsOn,
    ...(Object.fromEntries(assessed) as Partial<TaskItem>),
    ...(row.touches.length > 0 && { touches: row.touches }),
    ...(row.checks.length > 0 && { checks: row.checks.map(({ name }) => name) }),
    ...(view !== undefined && { claim: view }),
  }
}

export function taskDetail(
  row: TaskRow,
  claim: TaskClaimRow | undefined,
  holderName?: string,
): TaskDetail {
  return {
    ...taskItem(row, claim, holderName),
    checkCommands: row.checks.map((check) => ({ ...check })),
    completions: row.completions,
    ...compact({
      body: row.body ?? undefined,
      startedAt: row.startedAt?.toISOString(),
      completedAt: row.completedAt?.toISOString(),
      result: row.result ?? undefined,
      evidence: claim?.evidence ?? undefined,
    }),
  }
}
