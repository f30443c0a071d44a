import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, jsonb, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, idColumn, valuesOf } from '../common.ts'
import type { Metadata } from '../common.ts'
import { sessions } from '../sessions/sessions.ts'
import { accounts } from './accounts.ts'
import { apiKeys } from './api-keys.ts'
import { AuditResult } from './families.ts'
import { organizations } from './organizations.ts'

export const auditResult = pgEnum('audit_result', valuesOf(AuditResult))

/**
 * One row per audited action: account and key, action, target, origin, result. Append-only: a trigger refuses every
 * update, delete and truncate; only references become null when their target is deleted.
 */
export const auditLogs = pgTable(
  'audit_logs',
  {
    id: idColumn(),
    metadata: jsonb().$type<Metadata>().notNull().default({}),
    createdAt: createdAtColumn(),
    ownerId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'restrict' }),
    keyId: text().references(() => apiKeys.id, { onDelete: 'set null' }),
    sessionId: text().references(() => sessions.id, { onDelete: 'set null' }),
    orgId: text().references(() => organizations.id, { onDelete: 'set null' }),
    /** `namespace.verb`, for instance `keys.revoke`. */
    action: text().notNull(),
    targetType: text(),
    targetId: text(),
    result: auditResult().notNull().default(AuditResult.SUCCESS),
    /** Error code when the result is not `success`. */
    code: text(),
    /** The call that did it. */
    requestId: text(),
    ip: text(),
    userAgent: text(),
    data: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [
    index('idx_audit_logs_owner_id_created_at_id').on(t.ownerId, t.createdAt, t.id),
    index('idx_audit_logs_org_id_created_at_id')
      .on(t.orgId, t.createdAt, t.id)
      .where(sql`${t.orgId} is not null`),
    index('idx_audit_logs_key_id')
      .on(t.keyId)
      .where(sql`${t.keyId} is not null`),
    index('idx_audit_logs_session_id')
      .on(t.sessionId)
      .where(sql`${t.sessionId} is not null`),
    index('idx_audit_logs_target').on(t.targetType, t.targetId),
    index('idx_audit_logs_created_at_id').on(t.createdAt, t.id),
  ],
)

export const AuditLogRow = createSelectSchema(auditLogs)
export type AuditLogRow = Static<typeof AuditLogRow>
export const AuditLogInsert = createInsertSchema(auditLogs)
export type AuditLogInsert = Static<typeof AuditLogInsert>
