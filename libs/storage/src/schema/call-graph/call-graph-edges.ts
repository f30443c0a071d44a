import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, valuesOf } from '../common.ts'
import { callGraphNodes } from './call-graph-nodes.ts'
import { CallEdgeType } from './families.ts'

export const callEdgeType = pgEnum('call_edge_type', valuesOf(CallEdgeType))

/**
 * From the caller to the called operation (`triggered`), or from a result to the call that needed it (`depends_on`).
 */
export const callGraphEdges = pgTable(
  'call_graph_edges',
  {
    ...commonColumns(),
    sourceId: text()
      .notNull()
      .references(() => callGraphNodes.id, { onDelete: 'cascade' }),
    targetId: text()
      .notNull()
      .references(() => callGraphNodes.id, { onDelete: 'cascade' }),
    edgeType: callEdgeType().notNull(),
  },
  (t) => [
    unique('unq_call_graph_edges_source_id_target_id_edge_type').on(
      t.sourceId,
      t.targetId,
      t.edgeType,
    ),
    index('idx_call_graph_edges_target_id').on(t.targetId),
    check('chk_call_graph_edges_ends', sql`${t.sourceId} <> ${t.targetId}`),
  ],
)

export const CallGraphEdgeRow = createSelectSchema(callGraphEdges)
export type CallGraphEdgeRow = Static<typeof CallGraphEdgeRow>
export const CallGraphEdgeInsert = createInsertSchema(callGraphEdges)
export type CallGraphEdgeInsert = Static<typeof CallGraphEdgeInsert>
