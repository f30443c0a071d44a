import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { bigint, index, pgEnum, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, valuesOf } from '../common.ts'
import { changeTopic } from './change-counters.ts'
import { ChangeKind } from './families.ts'

export const changeKind = pgEnum('change_kind', valuesOf(ChangeKind))

/** The numbered list that every process reads to keep its caches of the registry and of identities up to date. */
export const changes = pgTable(
  'changes',
  {
    topic: changeTopic().notNull(),
    number: bigint({ mode: 'number' }).notNull(),
    kind: changeKind().notNull(),
    /** Ids of the rows that changed. */
    subjectIds: text().array().notNull(),
    createdAt: createdAtColumn(),
  },
  (t) => [
    primaryKey({ name: 'changes_pk', columns: [t.topic, t.number] }),
    index('idx_changes_created_at').on(t.createdAt),
  ],
)

export const ChangeRow = createSelectSchema(changes)
export type ChangeRow = Static<typeof ChangeRow>
export const ChangeInsert = createInsertSchema(changes)
export type ChangeInsert = Static<typeof ChangeInsert>
