import type { PgDatabase } from 'drizzle-orm/pg-core'
import type { PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js'
import type * as schema from '../schema/index.ts'

/**
 * The first parameter of every function of this library: the database, or a transaction on it (`inTransaction`). A function that
 * needs a transaction opens one itself, as a savepoint when it is given a transaction.
 */
export type Db = PgDatabase<PostgresJsQueryResultHKT, typeof schema>
