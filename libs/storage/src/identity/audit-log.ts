import { and, eq, gte, lt } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { auditLogs } from '../schema/identity/audit-logs.ts'
import type { AuditLogInsert, AuditLogRow } from '../schema/identity/audit-logs.ts'

/** Adds entries to the audit log, in the transaction of the audited action, so that neither is stored without the other. */
export function appendAudit(tx: Db, entry: AuditLogInsert): Promise<void> {
  return coded(async () => {
    await tx.insert(auditLogs).values(entry)
  })
}

export interface ListAudit extends PageRequest {
  readonly ownerId?: string
  readonly orgId?: string
  readonly keyId?: string
  readonly action?: string
  readonly targetType?: string
  readonly targetId?: string
  readonly from?: Date
  readonly before?: Date
}

const EQUAL = ['ownerId', 'orgId', 'keyId', 'action', 'targetType', 'targetId'] as const

/** Entries that match all given conditions, newest first. */
export function listAudit(db: Db, request: ListAudit = {}): Promise<Page<AuditLogRow>> {
  return coded(async () => {
    const { from, before } = request
    const list = ['audit', ...EQUAL.map((name) => request[name]), from, before] as const
    const keyset = new Keyset([auditLogs.createdAt, auditLogs.id], 'desc', list)
    const equal = EQUAL.map((name) => {
      const value = request[name]
      return value === undefined ? undefined : eq(auditLogs[name], value)
    })
    const rows = await db
      .select()
      .from(auditLogs)
      .where(
        and(
          ...equal,
          from === undefined ? undefined : gte(auditLogs.createdAt, from),
          before === undefined ? undefined : lt(auditLogs.createdAt, before),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.createdAt, row.id])
  })
}
