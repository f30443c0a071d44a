import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import type { Sql } from 'postgres'
import { connectionFailure } from '../database/connection-failure.ts'
import { connectionSettings, requireSession } from '../database/connection-settings.ts'
import type { DatabaseTarget } from '../database/connection-settings.ts'
import { PostgresFailure } from '../database/postgres-failure.ts'
import { reconnectDelay } from '../database/reconnect-delay.ts'
import { MIGRATIONS_FOLDER, readJournal } from './folder.ts'
import type { JournalEntry } from './folder.ts'
import { needFullStop, requireFullStop } from './full-stop.ts'

/** Key of the advisory lock; used by nothing else in the database. */
const LOCK = 7_255_102_113

export type MigrationProgress =
  /** Another migrator is running. */
  | { readonly step: 'waiting' }
  | {
      readonly step: 'applying'
      readonly migrations: readonly string[]
      /** Those of them with which services of the previous level do not work. */
      readonly fullStop?: readonly string[]
    }
  | { readonly step: 'done'; readonly applied: readonly string[]; readonly level: number }

export interface MigrateOptions {
  /** Ends the run; what has not been committed is rolled back. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: MigrationProgress) => void
  /** Milliseconds to wait for another migrator. Default 300 000. */
  readonly lockTimeoutMs?: number
  readonly folder?: string
}

export interface MigrateResult {
  /** Names of the migrations that this run applied. */
  readonly applied: readonly string[]
  /** Migrations in the database now. */
  readonly level: number
}

/**
 * Applies the migrations that the database lacks, all in one transaction, under an advisory lock on a separate
 * connection, so that several migrators may run concurrently. A database that is newer than this code is not changed.
 * Throws OperatorError when the database does not answer, when a migration fails (nothing of the run is kept), when an
 * applied migration differs from its file, or when services are connected that do not work with a pending migration.
 */
export async function migrate(
  target: DatabaseTarget,
  options: MigrateOptions = {},
): Promise<MigrateResult> {
  options.signal?.throwIfAborted()
  requireSession(target, 'A migration')
  const folder = options.folder ?? MIGRATIONS_FOLDER
  // A single connection, because the lock belongs to it.
  const sql = postgres({
    ...connectionSettings(target),
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: reconnectDelay,
    onnotice: () => {},
    connection: { application_name: 'alkhub migrate', TimeZone: 'UTC' },
  })
  const cut = (): void => void sql.end({ timeout: 0 })
  options.signal?.addEventListener('abort', cut, { once: true })
  try {
    await lockSchema(sql, options)
    const journal = await readJournal(folder)
    const before = await appliedMigrations(sql)
    await compareApplied(folder, journal, before)
    const pending = journal.filter((entry) => entry.when > (before.at(-1)?.when ?? -1))
    const names = pending.map((entry) => entry.tag)
    if (names.length > 0) {
      const fullStop = before.length === 0 ? [] : await needFullStop(folder, pending, before.length)
      if (fullStop.length > 0) await requireFullStop(sql, fullStop)
      options.onProgress?.({
        step: 'applying',
        migrations: names,
        ...(fullStop.length > 0 && { fullStop }),
      })
      await applyMigrations(drizzle(sql), { migrationsFolder: folder })
    }
    const result = { applied: names, level: before.length + names.length }
    options.onProgress?.({ step: 'done', ...result })
    return result
  } catch (error) {
    options.signal?.throwIfAborted()
    throw explain(target, error)
  } finally {
    options.signal?.removeEventListener('abort', cut)
    await sql.end({ timeout: 5 })
  }
}

/**
 * Takes the lock under which the schema is changed, for the connection of `sql`. Throws OperatorError when another process holds it for
 * longer than `lockTimeoutMs`.
 */
export async function lockSchema(
  sql: Sql,
  options: Pick<MigrateOptions, 'signal' | 'lockTimeoutMs'> & {
    readonly onProgress?: (progress: { readonly step: 'waiting' }) => void
  },
): Promise<void> {
  let until: number | undefined
  for (;;) {
    const [row] = await sql<{ held: boolean }[]>`select pg_try_advisory_lock(${LOCK}) as held`
    if (row?.held === true) return
    if (until === undefined) {
      until = performance.now() + (options.lockTimeoutMs ?? 300_000)
      options.onProgress?.({ step: 'waiting' })
    }
    if (performance.now() > until) {
      throw new OperatorError(
        'Another migrator or a backup has held the lock for too long.',
        'Wait for it, or end it, and run the command again.',
      )
    }
    await sleep(50, options.signal)
  }
}

interface Applied {
  readonly hash: string
  readonly when: number
}

async function appliedMigrations(sql: Sql): Promise<Applied[]> {
  const [table] = await sql<
    { name: string | null }[]
  >`select to_regclass('drizzle.__drizzle_migrations')::text as name`
  if (table?.name == null) return []
  const rows = await sql<
    { hash: string; created_at: string }[]
  >`select hash, created_at from drizzle.__drizzle_migrations order by created_at`
  return rows.map((row) => ({ hash: row.hash, when: Number(row.created_at) }))
}

/** Drizzle compares only the newest time: it would not notice an edited or an inserted file. */
async function compareApplied(
  folder: string,
  journal: readonly JournalEntry[],
  applied: readonly Applied[],
): Promise<void> {
  const byTime = new Map(applied.map((row) => [row.when, row.hash]))
  const newest = applied.at(-1)?.when ?? -1
  for (const entry of journal.filter(({ when }) => when <= newest)) {
    const hash = byTime.get(entry.when)
    const text = await readFile(`${folder}/${entry.tag}.sql`, 'utf8')
    if (hash === createHash('sha256').update(text).digest('hex')) continue
    throw new OperatorError(
      hash === undefined
        ? `The migration ${entry.tag} is older than what the database has, and was never applied.`
        : `The migration ${entry.tag} was changed after it had been applied.`,
      'Applied migrations never change: restore the file, and put the change into a new migration.',
    )
  }
}

function explain(target: DatabaseTarget, error: unknown): unknown {
  if (error instanceof OperatorError) return error
  const failure = PostgresFailure.find(error)
  if (failure === undefined) return error
  const isAnswer = /^[0-9A-Z]{5}$/.test(failure.code) && !failure.code.startsWith('E')
  return isAnswer && !failure.code.startsWith('28') && failure.code !== '3D000'
    ? new OperatorError(
        `A migration failed (${failure.code}: ${failure.message}); nothing of this run was kept.`,
        'Repair what it names, and run `alkhub migrate` again.',
        { cause: failure },
      )
    : connectionFailure(target, failure)
}
