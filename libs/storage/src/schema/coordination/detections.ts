import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgEnum, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { organizations } from '../identity/organizations.ts'
import { sessions } from '../sessions/sessions.ts'
import { DetectionSeverity } from './families.ts'
import { mappings } from './mappings.ts'

export const detectionSeverity = pgEnum('detection_severity', valuesOf(DetectionSeverity))

/**
 * Findings: problems that the hub noticed in a subject. One open row per subject and kind; a repeated detection raises
 * its count. The kinds are `FINDING_KINDS` of libs/contracts.
 */
export const detections = pgTable(
  'detections',
  {
    ...commonColumns(),
    kind: text().notNull(),
    severity: detectionSeverity().notNull(),
    /** What it is about, for instance `schedule` and its id. */
    subjectType: text().notNull(),
    subjectId: text().notNull(),
    /** Who is to know it. */
    accountId: text().references(() => accounts.id, { onDelete: 'cascade' }),
    orgId: text().references(() => organizations.id, { onDelete: 'set null' }),
    sessionId: text().references(() => sessions.id, { onDelete: 'cascade' }),
    mappingId: text().references(() => mappings.id, { onDelete: 'set null' }),
    /** One sentence for people. */
    summary: text().notNull(),
    evidence: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    occurrences: integer().notNull().default(1),
    lastSeenAt: instant().notNull().defaultNow(),
    acknowledgedAt: instant(),
    resolvedAt: instant(),
  },
  (t) => [
    uniqueIndex('unq_detections_open')
      .on(t.subjectType, t.subjectId, t.kind)
      .where(sql`${t.resolvedAt} is null`),
    index('idx_detections_account_id_open')
      .on(t.accountId, t.createdAt, t.id)
      .where(sql`${t.resolvedAt} is null`),
    index('idx_detections_account_id').on(t.accountId),
    index('idx_detections_org_id')
      .on(t.orgId)
      .where(sql`${t.orgId} is not null`),
    index('idx_detections_session_id_created_at_id').on(t.sessionId, t.createdAt, t.id),
    index('idx_detections_mapping_id').on(t.mappingId),
    index('idx_detections_resolved_at')
      .on(t.resolvedAt)
      .where(sql`${t.resolvedAt} is not null`),
  ],
)

export const DetectionRow = createSelectSchema(detections)
export type DetectionRow = Static<typeof DetectionRow>
export const DetectionInsert = createInsertSchema(detections)
export type DetectionInsert = Static<typeof DetectionInsert>
export const DetectionUpdate = createUpdateSchema(detections)
export type DetectionUpdate = Static<typeof DetectionUpdate>
