import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { PgDialect } from 'drizzle-orm/pg-core'
import type { Row } from 'postgres'
import type { BoundedClient } from './bounded-client.ts'
import { coded } from './storage-error.ts'
import type { Db } from './types.ts'

/**
 * Runs `work` in one transaction (a savepoint inside another one). Rejects with what `work` threw, or
 * a CodedError when the database refused. Do not await anything slow inside: the transaction holds a connection and locks.
 */
export function inTransaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return coded(() => db.transaction(work))
}

/** Runs `work`, which only reads, in one transaction in which all queries see the database at the same moment. Rejects as `inTransaction` does. */
export function readAtOnce<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return coded(() =>
    db.transaction(work, { isolationLevel: 'repeatable read', accessMode: 'read only' }),
  )
}

/** What Drizzle has beside its types: the dialect that writes its statements, and, outside of a transaction, the client. */
interface DbParts {
  readonly dialect: PgDialect
  readonly $client?: BoundedClient
}

/**
 * Runs statements whose texts do not depend on each other's results in one transaction, sent together with its begin and its commit: one round trip in place of
 * three. Gives the rows of each. Inside another transaction they are a part of that one. Rejects with the error of the first that failed; then none has taken effect.
 */
export function transactionAtOnce(
  db: Db,
  statements: readonly SQL[],
): Promise<readonly (readonly Row[])[]> {
  const { dialect, $client } = db as unknown as DbParts
  if ($client === undefined)
    return coded(() => Promise.all(statements.map((statement) => db.execute<Row>(statement))))
  const texts = statements.map((statement) => dialect.sqlToQuery(statement))
  return coded(() =>
    $client.atOnce(texts.map(({ sql: text, params: parameters }) => ({ text, parameters }))),
  )
}

const PLANNED_ONCE = sql`select set_config('plan_cache_mode', 'force_generic_plan', true)`

/**
 * Runs a statement that takes longer to plan than to execute: its connection keeps the plan of its text, whatever the parameters are. One round trip. Behind a
 * pooler, where no statement is kept, and in a transaction it is planned each time.
 */
export async function executePlannedOnce(db: Db, statement: SQL): Promise<readonly Row[]> {
  const { $client } = db as unknown as DbParts
  if ($client?.keepsPlans !== true) return coded(() => db.execute<Row>(statement))
  const [, rows = []] = await transactionAtOnce(db, [PLANNED_ONCE, statement])
  return rows
}
