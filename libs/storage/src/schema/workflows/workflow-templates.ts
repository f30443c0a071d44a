import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { JsonSchema } from '@alkdev/operations'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { commonColumns } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { projects } from '../projects/projects.ts'

/** Workflows as data. A version never changes after its first use in a run; a change is a new version. */
export const workflowTemplates = pgTable(
  'workflow_templates',
  {
    ...commonColumns(),
    ownerId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'restrict' }),
    projectId: text().references(() => projects.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    version: integer().notNull().default(1),
    description: text(),
    template: jsonb().$type<Record<string, unknown>>().notNull(),
    inputSchema: jsonb().$type<JsonSchema>(),
    enabled: boolean().notNull().default(true),
  },
  (t) => [
    uniqueIndex('unq_workflow_templates_project_id_name_version')
      .on(t.projectId, t.name, t.version)
      .where(sql`${t.projectId} is not null`),
    uniqueIndex('unq_workflow_templates_name_version')
      .on(t.name, t.version)
      .where(sql`${t.projectId} is null`),
    index('idx_workflow_templates_owner_id').on(t.ownerId),
    check('chk_workflow_templates_version', sql`${t.version} > 0`),
  ],
)

export const WorkflowTemplateRow = createSelectSchema(workflowTemplates)
export type WorkflowTemplateRow = Static<typeof WorkflowTemplateRow>
export const WorkflowTemplateInsert = createInsertSchema(workflowTemplates)
export type WorkflowTemplateInsert = Static<typeof WorkflowTemplateInsert>
export const WorkflowTemplateUpdate = createUpdateSchema(workflowTemplates)
export type WorkflowTemplateUpdate = Static<typeof WorkflowTemplateUpdate>
