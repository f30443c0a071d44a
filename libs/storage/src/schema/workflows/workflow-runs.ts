import type { CallFailure } from '@alkdev/contracts'
import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, jsonb, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { projects } from '../projects/projects.ts'
import { WorkflowRunStatus } from './families.ts'
import { workflowTemplates } from './workflow-templates.ts'

export const workflowRunStatus = pgEnum('workflow_run_status', valuesOf(WorkflowRunStatus))

/** One run of a template. Its events determine its state; `snapshot` shortens the replay. */
export const workflowRuns = pgTable(
  'workflow_runs',
  {
    ...commonColumns(),
    templateId: text()
      .notNull()
      .references(() => workflowTemplates.id, { onDelete: 'restrict' }),
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    projectId: text().references(() => projects.id, { onDelete: 'cascade' }),
    status: workflowRunStatus().notNull().default(WorkflowRunStatus.PENDING),
    input: jsonb().$type<unknown>(),
    output: jsonb().$type<unknown>(),
    error: jsonb().$type<CallFailure>(),
    snapshot: jsonb().$type<Record<string, unknown>>(),
    /** Number of the last event in `snapshot`. */
    snapshotSeq: bigint({ mode: 'number' }).notNull().default(0),
    fencingToken: bigint({ mode: 'number' }).notNull().default(0),
    workerInstanceId: text(),
    leaseUntil: instant(),
    abortReason: text(),
    startedAt: instant(),
    endedAt: instant(),
  },
  (t) => [
    index('idx_workflow_runs_template_id').on(t.templateId),
    index('idx_workflow_runs_account_id_created_at_id').on(t.accountId, t.createdAt, t.id),
    index('idx_workflow_runs_project_id').on(t.projectId),
    index('idx_workflow_runs_grant_id')
      .on(t.grantId)
      .where(sql`${t.endedAt} is null`),
    index('idx_workflow_runs_live')
      .on(t.leaseUntil)
      .where(sql`${t.status} in ('pending', 'running', 'paused')`),
    check('chk_workflow_runs_token', sql`${t.fencingToken} >= 0 and ${t.snapshotSeq} >= 0`),
    check(
      'chk_workflow_runs_ended',
      sql`(${t.status} in ('completed', 'failed', 'aborted')) = (${t.endedAt} is not null)`,
    ),
  ],
)

export const WorkflowRunRow = createSelectSchema(workflowRuns)
export type WorkflowRunRow = Static<typeof WorkflowRunRow>
export const WorkflowRunInsert = createInsertSchema(workflowRuns)
export type WorkflowRunInsert = Static<typeof WorkflowRunInsert>
export const WorkflowRunUpdate = createUpdateSchema(workflowRuns)
export type WorkflowRunUpdate = Static<typeof WorkflowRunUpdate>
