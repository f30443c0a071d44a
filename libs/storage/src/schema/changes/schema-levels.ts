import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, integer, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { createdAtColumn } from '../common.ts'

/**
 * One row per applied migration, inserted by the migration itself. Old code reads here whether it may still run on a
 * database that is newer than the code.
 */
export const schemaLevels = pgTable(
  'schema_levels',
  {
    level: integer().primaryKey(),
    /** Name of the migration file without its ending. */
    name: text().notNull(),
    /** The lowest level of code that still works once this migration is applied. */
    oldestCodeLevel: integer().notNull(),
    appliedAt: createdAtColumn(),
  },
  (t) => [
    unique('unq_schema_levels_name').on(t.name),
    check('chk_schema_levels_level', sql`${t.level} > 0`),
    check(
      'chk_schema_levels_oldest',
      sql`${t.oldestCodeLevel} > 0 and ${t.oldestCodeLevel} <= ${t.level}`,
    ),
  ],
)

export const SchemaLevelRow = createSelectSchema(schemaLevels)
export type SchemaLevelRow = Static<typeof SchemaLevelRow>
