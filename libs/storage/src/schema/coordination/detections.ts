import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgEnum, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { sessions } from '../sessions/sessions.ts'
import { DetectionKind, DetectionSeverity } from './families.ts'
import { mappings } from './mappings.ts'

export const detectionKind = pgEnum('detection_kind', valuesOf(DetectionKind))
export const detectionSeverity = pgEnum('detection_severity', valuesOf(DetectionSeverity))

/**
 * Problems that were detected in a session. One open row per session and kind; a repeated detection raises its count.
 */
export const detections = pgTable(
  'detections',
  {
    ...commonColumns(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    mappingId: text().references(() => mappings.id, { onDelete: 'set null' }),
    kind: detectionKind().notNull(),
    severity: detectionSeverity().notNull(),
    details: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    occurrences: integer().notNull().default(1),
    lastSeenAt: instant().notNull().defaultNow(),
    acknowledgedAt: instant(),
    resolvedAt: instant(),
  },
  (t) => [
    uniqueIndex('unq_detections_open')
      .on(t.sessionId, t.kind)
      .where(sql`${t.resolvedAt} is null`),
    index('idx_detections_session_id_created_at_id').on(t.sessionId, t.createdAt, t.id),
    index('idx_detections_mapping_id').on(t.mappingId),
  ],
)

export const DetectionRow = createSelectSchema(detections)
export type DetectionRow = Static<typeof DetectionRow>
export const DetectionInsert = createInsertSchema(detections)
export type DetectionInsert = Static<typeof DetectionInsert>
export const DetectionUpdate = createUpdateSchema(detections)
export type DetectionUpdate = Static<typeof DetectionUpdate>
