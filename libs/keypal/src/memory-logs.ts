import type { AuditAction, AuditLog, AuditLogQuery, AuditLogStats } from './records.ts'

/** The logs that match, newest first; limit and offset do not count here. */
export function matchingLogs(logs: readonly AuditLog[], query: AuditLogQuery): AuditLog[] {
  const { keyId, ownerId, action, startDate, endDate } = query
  const start = startDate === undefined ? Number.NEGATIVE_INFINITY : Date.parse(startDate)
  const end = endDate === undefined ? Number.POSITIVE_INFINITY : Date.parse(endDate)
  return logs
    .filter((log) => {
      const at = Date.parse(log.timestamp)
      return (
        (keyId === undefined || log.keyId === keyId) &&
        (ownerId === undefined || log.ownerId === ownerId) &&
        (action === undefined || log.action === action) &&
        at >= start &&
        at <= end
      )
    })
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
}

/** Counts of logs that are given newest first. */
export function statsOf(logs: readonly AuditLog[]): AuditLogStats {
  const byAction: Partial<Record<AuditAction, number>> = {}
  for (const { action } of logs) byAction[action] = (byAction[action] ?? 0) + 1
  return { total: logs.length, byAction, lastActivity: logs[0]?.timestamp ?? null }
}
