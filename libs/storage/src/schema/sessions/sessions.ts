import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { foreignKey, index, jsonb, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { projects } from '../projects/projects.ts'
import { workspaces } from '../projects/workspaces.ts'
import { SessionStatus } from './families.ts'

export const sessionStatus = pgEnum('session_status', valuesOf(SessionStatus))

/** One conversation of an agent (or a person) with the hub, in a role, on a project. */
export const sessions = pgTable(
  'sessions',
  {
    ...commonColumns(),
    /** Null when the account was deleted: the conversation stays. */
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    workspaceId: text().references(() => workspaces.id, { onDelete: 'set null' }),
    parentId: text(),
    /** The rights that the session acts with; without one it acts no more. */
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    /** Made from the title: lower case, digits and hyphens, a random ending on a clash. */
    slug: text().notNull(),
    title: text().notNull(),
    status: sessionStatus().notNull().default(SessionStatus.IDLE),
    /** Format of `data`. New fields are optional; only a breaking change raises it. */
    version: text().notNull().default('1'),
    roleName: text(),
    /** Why the session was stopped, for instance that its key was revoked. */
    stopReason: text(),
    lastActivityAt: instant(),
    archivedAt: instant(),
    data: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [
    unique('unq_sessions_slug').on(t.slug),
    foreignKey({
      name: 'sessions_parent_id_sessions_id_fk',
      columns: [t.parentId],
      foreignColumns: [t.id],
    }).onDelete('set null'),
    index('idx_sessions_account_id').on(t.accountId),
    index('idx_sessions_workspace_id').on(t.workspaceId),
    index('idx_sessions_parent_id').on(t.parentId),
    index('idx_sessions_grant_id').on(t.grantId),
    index('idx_sessions_project_id_created_at_id').on(t.projectId, t.createdAt, t.id),
    index('idx_sessions_live')
      .on(t.projectId, t.lastActivityAt)
      .where(sql`${t.status} <> 'archived'`),
    index('idx_sessions_busy')
      .on(t.lastActivityAt)
      .where(sql`${t.status} in ('busy', 'retry')`),
  ],
)

export const SessionRow = createSelectSchema(sessions)
export type SessionRow = Static<typeof SessionRow>
export const SessionInsert = createInsertSchema(sessions)
export type SessionInsert = Static<typeof SessionInsert>
export const SessionUpdate = createUpdateSchema(sessions)
export type SessionUpdate = Static<typeof SessionUpdate>
