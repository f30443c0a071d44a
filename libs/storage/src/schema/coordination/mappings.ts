import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, jsonb, pgEnum, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { workspaces } from '../projects/workspaces.ts'
import { sessions } from '../sessions/sessions.ts'
import { spokes } from '../spokes/spokes.ts'
import { tasks } from '../tasks/tasks.ts'
import { MappingStatus, WorkOutcome } from './families.ts'

export const mappingStatus = pgEnum('mapping_status', valuesOf(MappingStatus))
export const workOutcome = pgEnum('work_outcome', valuesOf(WorkOutcome))

/**
 * Which session works on which task, where, and for which account. `task` is the slug at the time of the insert; it is
 * never updated, and a trigger empties it when `task_id` becomes null.
 */
export const mappings = pgTable(
  'mappings',
  {
    ...commonColumns(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    spokeId: text().references(() => spokes.id, { onDelete: 'set null' }),
    workspaceId: text().references(() => workspaces.id, { onDelete: 'set null' }),
    /** The session that spawned it and receives its reports. */
    parentSessionId: text().references(() => sessions.id, { onDelete: 'set null' }),
    taskId: text().references(() => tasks.id, { onDelete: 'set null' }),
    task: text(),
    status: mappingStatus().notNull().default(MappingStatus.ACTIVE),
    branch: text(),
    /** Who spawned it: the parent session, or the account for a session without one. */
    spawnerId: text(),
    /** The key of the request that spawned it: the same spawner gets the same session for it. */
    spawnKey: text(),
    /** Hash of that request. */
    spawnHash: text(),
    /** How the session finished, and what it says about it. */
    outcome: workOutcome(),
    result: text(),
    /** Its latest report of progress. */
    report: text(),
    /** What shows the result: commit, checks, files. */
    evidence: jsonb().$type<Record<string, unknown>>(),
    reason: text(),
    endedAt: instant(),
  },
  (t) => [
    uniqueIndex('unq_mappings_session_id_active')
      .on(t.sessionId)
      .where(sql`${t.status} = 'active'`),
    uniqueIndex('unq_mappings_spawner_id_spawn_key')
      .on(t.spawnerId, t.spawnKey)
      .where(sql`${t.spawnKey} is not null`),
    index('idx_mappings_spawner_id_created_at').on(t.spawnerId, t.createdAt),
    index('idx_mappings_session_id').on(t.sessionId),
    index('idx_mappings_parent_session_id').on(t.parentSessionId),
    index('idx_mappings_spoke_id').on(t.spokeId),
    index('idx_mappings_workspace_id').on(t.workspaceId),
    index('idx_mappings_task_id').on(t.taskId),
  ],
)

export const MappingRow = createSelectSchema(mappings)
export type MappingRow = Static<typeof MappingRow>
export const MappingInsert = createInsertSchema(mappings)
export type MappingInsert = Static<typeof MappingInsert>
export const MappingUpdate = createUpdateSchema(mappings)
export type MappingUpdate = Static<typeof MappingUpdate>
