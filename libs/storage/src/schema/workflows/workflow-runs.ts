import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { projects } from '../projects/projects.ts'
import { WorkflowRunStatus } from './families.ts'
import { workflowTemplates } from './workflow-templates.ts'

export const workflowRunStatus = pgEnum('workflow_run_status', valuesOf(WorkflowRunStatus))

/**
 * One run of a version of a workflow. Its events determine its state. The row is claimed as a queued call is: by one update (fencing token + 1,
 * lease), and only the holder of that token appends events and changes it until it is released. Whatever a run may wait for raises `wake_seq`
 * and makes it due; a run is released to wait only while `wake_seq` is what its holder has seen.
 */
export const workflowRuns = pgTable(
  'workflow_runs',
  {
    ...commonColumns(),
    templateId: text()
      .notNull()
      .references(() => workflowTemplates.id, { onDelete: 'restrict' }),
    templateHash: text().notNull(),
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    /** The rights that its calls have. */
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** The run that it branches from, whose results it uses. */
    parentRunId: text().references((): AnyPgColumn => workflowRuns.id, { onDelete: 'set null' }),
    /** The step from which it differs from that run. */
    branchStep: text(),
    status: workflowRunStatus().notNull().default(WorkflowRunStatus.PENDING),
    /** JSON as text, as the others. */
    input: text().notNull().default('{}'),
    /** Inputs that replace those of the template, by step. */
    stepInputs: text().notNull().default('{}'),
    output: text(),
    error: text(),
    /** Number of the last event, and bytes of all of them. */
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
    logBytes: bigint({ mode: 'number' }).notNull().default(0),
    fencingToken: bigint({ mode: 'number' }).notNull().default(0),
    workerInstanceId: text(),
    leaseUntil: instant(),
    /** When it is to be claimed; without it nothing but an event or an abort makes it due. */
    wakeAt: instant().defaultNow(),
    wakeSeq: bigint({ mode: 'number' }).notNull().default(0),
    /** Calls above its steps, less one. */
    depth: integer().notNull().default(0),
    traceparent: text(),
    abortRequestedAt: instant(),
    abortReason: text(),
    startedAt: instant(),
    endedAt: instant(),
  },
  (t) => [
    index('idx_workflow_runs_template_id').on(t.templateId),
    index('idx_workflow_runs_account_id_id').on(t.accountId, t.id),
    index('idx_workflow_runs_project_id_id').on(t.projectId, t.id),
    index('idx_workflow_runs_parent_run_id')
      .on(t.parentRunId)
      .where(sql`${t.parentRunId} is not null`),
    index('idx_workflow_runs_grant_id')
      .on(t.grantId)
      .where(sql`${t.grantId} is not null`),
    index('idx_workflow_runs_due')
      .on(t.wakeAt)
      .where(sql`${t.endedAt} is null and ${t.leaseUntil} is null`),
    index('idx_workflow_runs_leased')
      .on(t.leaseUntil)
      .where(sql`${t.leaseUntil} is not null`),
    index('idx_workflow_runs_ended_at')
      .on(t.endedAt)
      .where(sql`${t.endedAt} is not null`),
    check(
      'chk_workflow_runs_counts',
      sql`${t.fencingToken} >= 0 and ${t.eventSeq} >= 0 and ${t.logBytes} >= 0 and ${t.depth} >= 0`,
    ),
    check(
      'chk_workflow_runs_lease',
      sql`(${t.status} = 'running') = (${t.leaseUntil} is not null and ${t.workerInstanceId} is not null)`,
    ),
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
