import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { createdAtColumn } from '../common.ts'

/** `depends_on` edges of the call graph: the target needed the source's result. `triggered` edges are `call_log.parent_id`. */
export const callLinks = pgTable(
  'call_links',
  {
    sourceId: uuid().notNull(),
    targetId: uuid().notNull(),
    createdAt: createdAtColumn(),
  },
  (t) => [
    primaryKey({ columns: [t.sourceId, t.targetId] }),
    index('idx_call_links_target_id').on(t.targetId),
    check('chk_call_links_ends', sql`${t.sourceId} <> ${t.targetId}`),
  ],
)

export const CallLinkRow = createSelectSchema(callLinks)
export type CallLinkRow = Static<typeof CallLinkRow>
export const CallLinkInsert = createInsertSchema(callLinks)
export type CallLinkInsert = Static<typeof CallLinkInsert>
