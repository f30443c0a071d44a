import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, instant } from '../common.ts'
import { workspaces } from '../projects/workspaces.ts'
import { spokes } from '../spokes/spokes.ts'

/** The worktrees that the spokes have, as the reconciliation saw them last. */
export const worktreeInventory = pgTable(
  'worktree_inventory',
  {
    spokeId: text()
      .notNull()
      .references(() => spokes.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** The workspace that it belongs to. */
    workspaceId: text().references(() => workspaces.id, { onDelete: 'set null' }),
    branch: text(),
    head: text(),
    /** Null: not known. */
    dirty: boolean(),
    locked: text(),
    diskBytes: bigint({ mode: 'number' }),
    /** What is wrong: `no-row`, `no-tree`, `locked`, `archived`, `branch`. */
    problem: text(),
    createdAt: createdAtColumn(),
    seenAt: instant().notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'worktree_inventory_pkey', columns: [t.spokeId, t.name] }),
    index('idx_worktree_inventory_workspace_id').on(t.workspaceId),
    index('idx_worktree_inventory_problem')
      .on(t.problem)
      .where(sql`${t.problem} is not null`),
  ],
)

export const WorktreeInventoryRow = createSelectSchema(worktreeInventory)
export type WorktreeInventoryRow = Static<typeof WorktreeInventoryRow>
export const WorktreeInventoryInsert = createInsertSchema(worktreeInventory)
export type WorktreeInventoryInsert = Static<typeof WorktreeInventoryInsert>
export const WorktreeInventoryUpdate = createUpdateSchema(worktreeInventory)
export type WorktreeInventoryUpdate = Static<typeof WorktreeInventoryUpdate>
