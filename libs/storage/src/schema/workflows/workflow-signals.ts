import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, idColumn } from '../common.ts'
import { workflowRuns } from './workflow-runs.ts'

/** Events that were sent to a run. One that a step has taken stays without name and data, in the transaction that logs it: its id is not taken again. */
export const workflowSignals = pgTable(
  'workflow_signals',
  {
    id: idColumn(),
    runId: text()
      .notNull()
      .references(() => workflowRuns.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** JSON as text. */
    data: text().notNull(),
    createdAt: createdAtColumn(),
  },
  (t) => [index('idx_workflow_signals_run_id_id').on(t.runId, t.id)],
)

export const WorkflowSignalRow = createSelectSchema(workflowSignals)
export type WorkflowSignalRow = Static<typeof WorkflowSignalRow>
export const WorkflowSignalInsert = createInsertSchema(workflowSignals)
export type WorkflowSignalInsert = Static<typeof WorkflowSignalInsert>
