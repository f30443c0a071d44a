import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, instant } from '../common.ts'
import { sessions } from '../sessions/sessions.ts'
import { spokes } from '../spokes/spokes.ts'

/** The process groups that sessions have on spokes, as the reconciliation saw them last. */
export const spokeProcesses = pgTable(
  'spoke_processes',
  {
    spokeId: text()
      .notNull()
      .references(() => spokes.id, { onDelete: 'cascade' }),
    processId: text().notNull(),
    sessionId: text().references(() => sessions.id, { onDelete: 'set null' }),
    worktree: text(),
    command: text(),
    processes: integer().notNull().default(1),
    createdAt: createdAtColumn(),
    seenAt: instant().notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'spoke_processes_pkey', columns: [t.spokeId, t.processId] }),
    index('idx_spoke_processes_session_id').on(t.sessionId),
  ],
)

export const SpokeProcessRow = createSelectSchema(spokeProcesses)
export type SpokeProcessRow = Static<typeof SpokeProcessRow>
export const SpokeProcessInsert = createInsertSchema(spokeProcesses)
export type SpokeProcessInsert = Static<typeof SpokeProcessInsert>
