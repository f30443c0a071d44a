import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { index, jsonb, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { spokes } from '../spokes/spokes.ts'
import { projects } from './projects.ts'

export const WorkspaceStatus = { ACTIVE: 'active', ARCHIVED: 'archived' } as const
export type WorkspaceStatus = (typeof WorkspaceStatus)[keyof typeof WorkspaceStatus]
export const workspaceStatus = pgEnum('workspace_status', valuesOf(WorkspaceStatus))

/** A directory on one spoke in which work on a project happens, usually a worktree with a branch. */
export const workspaces = pgTable(
  'workspaces',
  {
    ...commonColumns(),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** Where the directory lies; null when that spoke was deleted. */
    spokeId: text().references(() => spokes.id, { onDelete: 'set null' }),
    name: text().notNull(),
    status: workspaceStatus().notNull().default(WorkspaceStatus.ACTIVE),
    branch: text(),
    directory: text(),
    /** The name of the worktree, as the operations of the spoke take it; null: the folder of the spoke itself. */
    worktree: text(),
    /** What `git.repository` of the spoke said when the workspace was first used. */
    repositoryId: text(),
    commonDirId: text(),
    /** The head that the hub knew last, and the one that a turn expects; null while the session may move it: it is not compared. */
    head: text(),
    expectedHead: text(),
    parkedAt: instant(),
    data: jsonb().$type<Record<string, unknown>>(),
    archivedAt: instant(),
  },
  (t) => [
    unique('unq_workspaces_project_id_name').on(t.projectId, t.name),
    index('idx_workspaces_spoke_id').on(t.spokeId),
  ],
)

export const WorkspaceRow = createSelectSchema(workspaces)
export type WorkspaceRow = Static<typeof WorkspaceRow>
export const WorkspaceInsert = createInsertSchema(workspaces)
export type WorkspaceInsert = Static<typeof WorkspaceInsert>
export const WorkspaceUpdate = createUpdateSchema(workspaces)
export type WorkspaceUpdate = Static<typeof WorkspaceUpdate>
