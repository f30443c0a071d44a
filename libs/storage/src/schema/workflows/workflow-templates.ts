import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, integer, pgEnum, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { commonColumns, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { projects } from '../projects/projects.ts'
import { WorkflowFailurePolicy } from './families.ts'

export const workflowFailurePolicy = pgEnum(
  'workflow_failure_policy',
  valuesOf(WorkflowFailurePolicy),
)

/** Versions of workflows. A version never changes; a change is a new version. A run keeps the version that it started with. */
export const workflowTemplates = pgTable(
  'workflow_templates',
  {
    ...commonColumns(),
    ownerId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'restrict' }),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    version: integer().notNull(),
    description: text(),
    /** JSON as text. */
    template: text().notNull(),
    /** JSON Schema of the input of a run, as text. */
    inputSchema: text(),
    failurePolicy: workflowFailurePolicy()
      .notNull()
      .default(WorkflowFailurePolicy.CONTINUE_RUNNING),
    /** SHA-256 over template, input schema and failure policy. */
    hash: text().notNull(),
    /** Steps of the template, without those that its Maps make. */
    steps: integer().notNull(),
  },
  (t) => [
    uniqueIndex('unq_workflow_templates_project_id_name_version').on(
      t.projectId,
      t.name,
      t.version,
    ),
    index('idx_workflow_templates_owner_id').on(t.ownerId),
    check('chk_workflow_templates_version', sql`${t.version} > 0 and ${t.steps} >= 0`),
  ],
)

export const WorkflowTemplateRow = createSelectSchema(workflowTemplates)
export type WorkflowTemplateRow = Static<typeof WorkflowTemplateRow>
export const WorkflowTemplateInsert = createInsertSchema(workflowTemplates)
export type WorkflowTemplateInsert = Static<typeof WorkflowTemplateInsert>
