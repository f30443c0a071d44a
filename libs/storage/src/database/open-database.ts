import { unlessAborted } from '@alkdev/std'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import type { Row, Sql } from 'postgres'
import * as schema from '../schema/index.ts'
import { boundedClient } from './bounded-client.ts'
import { connectionFailure } from './connection-failure.ts'
import { connectionSettings, isPooled } from './connection-settings.ts'
import type { DatabaseTarget } from './connection-settings.ts'
import { DatabaseTrouble } from './database-trouble.ts'
import { reconnectDelay } from './reconnect-delay.ts'
import { StatementLane } from './statement-lane.ts'
import type { Db } from './types.ts'
import type { OnStatement } from './bounded-client.ts'

export interface OpenDatabaseOptions {
  /** Aborts the opening; a later abort does not close the database. */
  readonly signal?: AbortSignal
  /** Maximum connections. Default 10. */
  readonly max?: number
  /** The application name in pg_stat_activity. Default `alkhub`. */
  readonly applicationName?: string
  /** Milliseconds until a connection attempt fails. Default 5 000. */
  readonly connectTimeoutMs?: number
  /** Milliseconds that one statement may run on the server. Default 30 000. With the wait for a connection it may take 10 000 more. */
  readonly statementTimeoutMs?: number
  /** Maximum statements in progress or waiting; one more is refused with UNAVAILABLE. Default 2 000. */
  readonly maxPending?: number
  /** Called with the text of each statement of Drizzle, without its values; what it returns is called when the statement has ended. */
  readonly onStatement?: OnStatement
}

export interface Database extends AsyncDisposable {
  readonly db: Db
  /** The driver itself, for LISTEN and the like. Dates and JSON go through it as text. */
  readonly sql: Sql
  /** A lane for a statement with one parameter, a text. It keeps one of the connections from its first statement until it is released, or the database is closed; with fewer than four connections only while a statement runs. */
  openLane<T extends Row>(text: string): StatementLane<T>
  /** The current problem of PostgreSQL (disk, memory, connections, missing right to write) as a sentence, until a write succeeds again. */
  readonly trouble: string | undefined
  /** Waits up to 5 seconds for statements in progress, then cuts them off. May be called twice. */
  close(): Promise<void>
}

/**
 * Opens a pool of connections and checks with one query that the database answers.
 * Throws OperatorError (which names host and database, never a password) when it does not, and the signal's reason when aborted.
 */
export async function openDatabase(
  target: DatabaseTarget,
  options: OpenDatabaseOptions = {},
): Promise<Database> {
  options.signal?.throwIfAborted()
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000
  const pooled = isPooled(target)
  const limits = {
    statement_timeout: statementTimeoutMs,
    lock_timeout: Math.min(10_000, statementTimeoutMs),
    idle_in_transaction_session_timeout: 2 * statementTimeoutMs,
  }
  const maxPending = options.maxPending ?? 2000
  // A connection takes each statement that may be in progress. The types of the driver do not have this option.
  const neverFull = { max_pipeline: maxPending + 1 }
  const sql = postgres({
    ...connectionSettings(target, options),
    ...neverFull,
    max: options.max ?? 10,
    idle_timeout: 60,
    backoff: reconnectDelay,
    onnotice: () => {},
    connection: {
      application_name: options.applicationName ?? 'alkhub',
      TimeZone: 'UTC',
      // A pooler refuses settings that it does not know, and lends each transaction another connection.
      ...(!pooled && limits),
    },
    prepare: !pooled,
  })
  const trouble = new DatabaseTrouble({ probe: () => tryToWrite(db) })
  const client = boundedClient(sql, {
    ...(pooled && { transactionSettings: limits }),
    onError: (error) => trouble.see(error),
    maxPending,
    deadlineMs: statementTimeoutMs + 10_000,
    ...(options.onStatement !== undefined && { onStatement: options.onStatement }),
  })
  const db: Db = drizzle(client, { schema, casing: 'snake_case' })
  let closing: Promise<void> | undefined
  const lanes: { release(): void }[] = []
  const close = (): Promise<void> => {
    trouble.close()
    for (const lane of lanes) lane.release()
    return (closing ??= sql.end({ timeout: 5 }))
  }
  try {
    const probe = sql`select 1`
    await (options.signal === undefined ? probe : unlessAborted(probe, options.signal))
  } catch (error) {
    await sql.end({ timeout: 0 })
    options.signal?.throwIfAborted()
    throw connectionFailure(target, error)
  }
  return {
    db,
    sql,
    openLane<T extends Row>(text: string) {
      const deadlineMs = statementTimeoutMs + 10_000
      const lane = new StatementLane<T>(sql, {
        text,
        deadlineMs,
        isPrepared: !pooled,
        keepsConnection: (options.max ?? 10) >= 4,
      })
      lanes.push(lane)
      return lane
    },
    get trouble() {
      return trouble.reason
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Allocates a page of the disk and frees it. */
async function tryToWrite(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(
      drizzleSql`create temporary table alkhub_write_probe (n integer) on commit drop`,
    )
    await tx.execute(drizzleSql`insert into alkhub_write_probe values (1)`)
  })
}
