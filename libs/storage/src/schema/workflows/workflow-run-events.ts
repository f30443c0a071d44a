import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAtColumn } from '../common.ts'
import { workflowRuns } from './workflow-runs.ts'

/** The events of a run, numbered from 1 without a gap. A run resumes by replaying them. */
export const workflowRunEvents = pgTable(
  'workflow_run_events',
  {
    runId: text()
      .notNull()
      .references(() => workflowRuns.id, { onDelete: 'cascade' }),
    seq: bigint({ mode: 'number' }).notNull(),
    type: text().notNull(),
    nodeKey: text(),
    /** JSON as text. The input of a call and the output of the run's own input are left out: they follow from the template and the run. */
    data: text().notNull(),
    createdAt: createdAtColumn(),
  },
  (t) => [
    primaryKey({ name: 'workflow_run_events_pk', columns: [t.runId, t.seq] }),
    check('chk_workflow_run_events_seq', sql`${t.seq} > 0`),
  ],
)

export const WorkflowRunEventRow = createSelectSchema(workflowRunEvents)
export type WorkflowRunEventRow = Static<typeof WorkflowRunEventRow>
export const WorkflowRunEventInsert = createInsertSchema(workflowRunEvents)
export type WorkflowRunEventInsert = Static<typeof WorkflowRunEventInsert>
