import { OperatorError } from '@alkdev/errors'
import { max } from 'drizzle-orm'
import { PostgresFailure } from '../database/postgres-failure.ts'
import { storageError } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { schemaLevels } from '../schema/changes/schema-levels.ts'

/** The schema that this code is written for: the number of migrations in the folder. */
export const SCHEMA_LEVEL = 29

export interface SchemaLevelState {
  /** Level of the newest migration that was applied. */
  readonly applied: number
  /** The lowest code level that still works with the database. */
  readonly oldest: number
}

/** The levels in the database; undefined when it has no schema. */
export async function readSchemaLevel(db: Db): Promise<SchemaLevelState | undefined> {
  try {
    const [row] = await db
      .select({ applied: max(schemaLevels.level), oldest: max(schemaLevels.oldestCodeLevel) })
      .from(schemaLevels)
    if (row?.applied == null || row.oldest == null) return undefined
    return { applied: row.applied, oldest: row.oldest }
  } catch (error) {
    if (PostgresFailure.find(error)?.code === '42P01') return undefined
    throw storageError(error)
  }
}

/**
 * Throws OperatorError unless code of level `level` works with the database: oldest <= level <= applied.
 * Every service checks this before it uses a table.
 */
export async function checkSchemaLevel(db: Db, level: number = SCHEMA_LEVEL): Promise<void> {
  const state = await readSchemaLevel(db)
  if (state === undefined) {
    throw new OperatorError(
      'The database has no schema yet.',
      'Run `alkhub migrate` (in compose: the service migrate) first.',
    )
  }
  if (level > state.applied) {
    throw new OperatorError(
      `The database schema is at level ${state.applied}, this version needs level ${level}.`,
      'Run `alkhub migrate` (in compose: the service migrate) of this version first.',
    )
  }
  if (level < state.oldest) {
    throw new OperatorError(
      `The database schema is at level ${state.applied} and works with code of level ${state.oldest} or newer; this version is at level ${level}.`,
      'Deploy a newer version.',
    )
  }
}
