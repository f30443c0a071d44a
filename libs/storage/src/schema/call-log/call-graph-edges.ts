import { sql } from 'drizzle-orm'
import { pgEnum, pgView, uuid } from 'drizzle-orm/pg-core'
import { valuesOf } from '../common.ts'
import { CallEdgeType } from './families.ts'

export const callEdgeType = pgEnum('call_edge_type', valuesOf(CallEdgeType))

/** The edges between calls of the call log: `triggered` from caller to called, `depends_on` from a result to the call that needed it. */
export const callGraphEdges = pgView('call_graph_edges', {
  sourceId: uuid().notNull(),
  targetId: uuid().notNull(),
  edgeType: callEdgeType().notNull(),
}).as(sql`
  select called.parent_id as source_id, called.id as target_id, 'triggered'::call_edge_type as edge_type
  from call_log called join call_log caller on caller.id = called.parent_id
  where called.parent_id <> called.id
  union all
  select link.source_id, link.target_id, 'depends_on'::call_edge_type
  from call_links link
  join call_log source on source.id = link.source_id join call_log target on target.id = link.target_id`)
