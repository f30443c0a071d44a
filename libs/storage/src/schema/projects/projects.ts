import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { commonColumns } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { organizations } from '../identity/organizations.ts'

/** A body of work, usually a repository. It belongs to an organization, or only to its owner (`org_id` null). */
export const projects = pgTable(
  'projects',
  {
    ...commonColumns(),
    ownerId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'restrict' }),
    orgId: text().references(() => organizations.id, { onDelete: 'restrict' }),
    /** Short name in commands and paths; unique within the organization, or among the owner's own projects. */
    slug: text().notNull(),
    name: text().notNull(),
    directory: text(),
    repoUrl: text(),
    vcs: text().notNull().default('git'),
    iconUrl: text(),
    iconColor: text(),
  },
  (t) => [
    uniqueIndex('unq_projects_org_id_slug')
      .on(t.orgId, t.slug)
      .where(sql`${t.orgId} is not null`),
    uniqueIndex('unq_projects_owner_id_slug')
      .on(t.ownerId, t.slug)
      .where(sql`${t.orgId} is null`),
    index('idx_projects_owner_id').on(t.ownerId),
    index('idx_projects_org_id').on(t.orgId),
    check('chk_projects_slug', sql`${t.slug} ~ '^[a-z0-9][a-z0-9-]{0,62}$'`),
  ],
)

export const ProjectRow = createSelectSchema(projects)
export type ProjectRow = Static<typeof ProjectRow>
export const ProjectInsert = createInsertSchema(projects)
export type ProjectInsert = Static<typeof ProjectInsert>
export const ProjectUpdate = createUpdateSchema(projects)
export type ProjectUpdate = Static<typeof ProjectUpdate>
