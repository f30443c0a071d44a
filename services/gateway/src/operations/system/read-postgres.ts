import type { SystemHealth } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { checkSchemaLevel, readDatabaseClock, SCHEMA_LEVEL } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { inTime, roundedMs } from './in-time.ts'

export type PostgresState = SystemHealth['postgres'] & {
  /** Why its schema does not fit this version. */
  readonly schema?: { readonly says: string; readonly fix: string }
}

/** Never rejects: without an answer it has no members. */
export async function readPostgres(db: Db): Promise<PostgresState> {
  const begunAt = performance.now()
  const wallMs = Date.now()
  const clockMs = await inTime('PostgreSQL', readDatabaseClock(db))
  if (clockMs === undefined) return {}
  const answeredMs = performance.now() - begunAt
  const misfit = await inTime(
    'the schema level',
    checkSchemaLevel(db).then(
      () => null,
      (error: unknown) => (error instanceof OperatorError ? error : null),
    ),
  )
  return {
    answeredMs: roundedMs(answeredMs),
    schemaLevel: SCHEMA_LEVEL,
    clockAheadMs: roundedMs(clockMs - (wallMs + answeredMs / 2)),
    ...(misfit && { schema: { says: misfit.message, fix: misfit.fix } }),
  }
}
