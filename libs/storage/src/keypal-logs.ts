import { compact } from '@alkdev/std'
import { and, count, desc, eq, gte, lte, max, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { ActionContext, AuditAction, AuditLog, AuditLogQuery, AuditLogStats } from 'keypal'
import { coded } from './database/storage-error.ts'
import type { Db } from './database/types.ts'
import { auditLogs } from './schema/identity/audit-logs.ts'

const TARGET = 'api_key'
const PREFIX = 'keys.'

/**
 * keypal's logs as rows of `audit_logs`: action `keys.<action>`, target the key. The row belongs to the account that acted, or to the
 * key's owner when none is named; the key's owner is in `data`, because an administrator may act on a key of another account.
 */
export async function writeKeyLogs(tx: Db, logs: readonly AuditLog[]): Promise<void> {
  if (logs.length === 0) return
  const rows = logs.map(({ id, action, keyId, ownerId, timestamp, context }) => ({
    id,
    createdAt: new Date(timestamp),
    ownerId: context.userId ?? ownerId,
    keyId: context.actorKeyId ?? null,
    action: PREFIX + action,
    targetType: TARGET,
    targetId: keyId,
    requestId: context.requestId ?? null,
    ip: context.ip ?? null,
    userAgent: context.userAgent ?? null,
    data: { ownerId, ...compact({ metadata: context.metadata }) },
  }))
  await coded(() => tx.insert(auditLogs).values(rows))
}

const keyOwner = sql<string>`${auditLogs.data} ->> 'ownerId'`

function matching({ keyId, ownerId, action, startDate, endDate }: AuditLogQuery): SQL | undefined {
  return and(
    eq(auditLogs.targetType, TARGET),
    keyId === undefined ? undefined : eq(auditLogs.targetId, keyId),
    ownerId === undefined ? undefined : eq(keyOwner, ownerId),
    action === undefined ? undefined : eq(auditLogs.action, PREFIX + action),
    startDate === undefined ? undefined : gte(auditLogs.createdAt, new Date(startDate)),
    endDate === undefined ? undefined : lte(auditLogs.createdAt, new Date(endDate)),
  )
}

/** Newest first. */
export function findKeyLogs(db: Db, query: AuditLogQuery): Promise<AuditLog[]> {
  return coded(async () => {
    const rows = await db
      .select({
        id: auditLogs.id,
        createdAt: auditLogs.createdAt,
        accountId: auditLogs.ownerId,
        actorKeyId: auditLogs.keyId,
        action: auditLogs.action,
        targetId: auditLogs.targetId,
        requestId: auditLogs.requestId,
        ip: auditLogs.ip,
        userAgent: auditLogs.userAgent,
        data: auditLogs.data,
      })
      .from(auditLogs)
      .where(matching(query))
      .orderBy(desc(auditLogs.createdAt), desc(auditLogs.id))
      .limit(query.limit ?? 100)
      .offset(query.offset ?? 0)
    return rows.map(({ id, createdAt, accountId, action, targetId, data, ...where }) => {
      const { ownerId, metadata } = (data ?? {}) as {
        ownerId?: string
        metadata?: ActionContext['metadata']
      }
      const known = Object.entries(where).filter(([, value]) => value !== null)
      return {
        id,
        action: action.slice(PREFIX.length) as AuditAction,
        keyId: targetId ?? '',
        ownerId: ownerId ?? accountId,
        timestamp: createdAt.toISOString(),
        context: { userId: accountId, ...Object.fromEntries(known), ...compact({ metadata }) },
      }
    })
  })
}

export function countKeyLogs(db: Db, query: AuditLogQuery): Promise<number> {
  return coded(async () => {
    const [row] = await db.select({ total: count() }).from(auditLogs).where(matching(query))
    return row?.total ?? 0
  })
}

export function keyLogStats(db: Db, ownerId: string): Promise<AuditLogStats> {
  return coded(async () => {
    const rows = await db
      .select({ action: auditLogs.action, total: count(), last: max(auditLogs.createdAt) })
      .from(auditLogs)
      .where(matching({ ownerId }))
      .groupBy(auditLogs.action)
    const times = rows.flatMap(({ last }) => (last === null ? [] : [last.toISOString()])).toSorted()
    return {
      total: rows.reduce((sum, row) => sum + row.total, 0),
      byAction: Object.fromEntries(rows.map((row) => [row.action.slice(PREFIX.length), row.total])),
      lastActivity: times.at(-1) ?? null,
    }
  })
}
