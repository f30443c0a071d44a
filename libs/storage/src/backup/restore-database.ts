import { OperatorError } from '@alkdev/errors'
import type { Sql, TransactionSql } from 'postgres'
import type { DatabaseTarget } from '../database/connection-settings.ts'
import { connectedServices } from '../migrations/full-stop.ts'
import { lockSchema, migrate } from '../migrations/migrate.ts'
import type { MigrationProgress } from '../migrations/migrate.ts'
import type { BackupProgress } from './backup-database.ts'
import type { BackupFrame } from './backup-frames.ts'
import type { BackupHeader, BackupManifest } from './backup-manifest.ts'
import { BackupCheck } from './check-backup.ts'
import { CopyIn } from './copy-rows.ts'
import { digestOf } from './digest.ts'
import { inSession } from './open-session.ts'
import type { SessionOptions } from './open-session.ts'
import {
  beginLoad,
  endLoad,
  makeSchema,
  removeSchema,
  requireSameTables,
} from './schema-for-load.ts'

export interface RestoreOptions extends SessionOptions {
  /** Replaces a database that has accounts. Default false: it is refused. */
  readonly force?: boolean
  readonly onProgress?: (
    progress: BackupProgress | MigrationProgress | { readonly step: 'verifying' },
  ) => void
  /** Milliseconds to wait for another process that changes the schema. Default 300,000. */
  readonly lockTimeoutMs?: number
}

export interface RestoreResult {
  /** The schema level of the backup. */
  readonly backupLevel: number
  /** The migrations that were applied to it. */
  readonly migrated: readonly string[]
  readonly level: number
  readonly tables: number
  readonly rows: number
}

/**
 * Replaces the content of a database by that of a backup, in one transaction: schema of the level of the backup, rows, foreign keys, then a
 * comparison of counts and hashes with those of the backup. Then applies the migrations that the backup lacks. Needs the rights of the
 * owner, not those of a superuser. Throws OperatorError, and leaves the database as it was, when the backup is damaged or newer than this
 * version, when services are connected, when the database has accounts (unless `force`), or when it belongs to another program.
 */
export async function restoreDatabase(
  target: DatabaseTarget,
  frames: AsyncIterable<BackupFrame>,
  options: RestoreOptions = {},
): Promise<RestoreResult> {
  const loaded = await inSession(target, 'A restore', options, async ({ sql, moved }) => {
    await lockSchema(sql, options)
    await requireFreeTarget(sql, options.force === true)
    let result: Loaded | undefined
    await sql.begin(async (tx) => {
      result = await load(tx, frames, moved, options)
    })
    if (result === undefined) throw new Error('the transaction ended without its work')
    await sql`analyze`
    return result
  })
  const { applied, level } = await migrate(target, {
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: options.onProgress }),
  })
  return { ...loaded, migrated: applied, level }
}

async function requireFreeTarget(sql: Sql, force: boolean): Promise<void> {
  const connected = await connectedServices(sql)
  if (connected !== undefined)
    throw new OperatorError(
      `Services are connected to the database: ${connected} connections.`,
      'Nothing was changed. Stop every service, and restore again.',
    )
  const [found] = await sql<{ tables: number; ours: boolean }[]>`
    select count(*)::int as tables, coalesce(bool_or(relname = 'schema_levels'), false) as ours
    from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`
  if (found === undefined || found.tables === 0) return
  if (!found.ours)
    throw new OperatorError(
      'The database has tables of another program.',
      'Nothing was changed. Name an empty database, or that of a hub.',
    )
  if (force) return
  const [data] = await sql<{ there: boolean }[]>`select exists (select from accounts) as there`
  if (data?.there === true)
    throw new OperatorError(
      'The database has accounts already.',
      'Nothing was changed. Restore into an empty one, or replace this one with --force.',
    )
}

type Loaded = Pick<RestoreResult, 'backupLevel' | 'tables' | 'rows'>

async function load(
  tx: TransactionSql,
  frames: AsyncIterable<BackupFrame>,
  moved: () => void,
  options: RestoreOptions,
): Promise<Loaded> {
  const check = new BackupCheck()
  let header: BackupHeader | undefined
  let copy: CopyIn | undefined
  let foreignKeys: readonly string[] = []
  let tables = 0
  for await (const frame of frames) {
    check.see(frame)
    moved()
    if (frame.kind === 'header') {
      header = frame.header
      await removeSchema(tx)
      await makeSchema(tx, header)
      await requireSameTables(tx, header)
      foreignKeys = await beginLoad(tx, header)
    } else if (frame.kind === 'table') {
      await copy?.end()
      const table = header?.tables[tables]
      if (table === undefined) continue
      tables += 1
      const of = header?.tables.length ?? 0
      options.onProgress?.({ table: frame.name, at: tables, of, rows: 0 })
      copy = await CopyIn.begin(tx, frame.name, table.columns)
    } else if (frame.kind === 'rows') await copy?.write(frame.bytes)
    else {
      await copy?.end()
      copy = undefined
    }
  }
  const { manifest, header: seen } = check.result
  options.onProgress?.({ step: 'verifying' })
  await endLoad(tx, seen, foreignKeys)
  moved()
  await compare(tx, seen, manifest, moved)
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  return { backupLevel: seen.schemaLevel, tables: manifest.tables.length, rows }
}

/** Throws OperatorError when a table has other rows than the backup. */
async function compare(
  tx: TransactionSql,
  header: BackupHeader,
  manifest: BackupManifest,
  moved: () => void,
): Promise<void> {
  for (const [at, { name, columns }] of header.tables.entries()) {
    const there = await digestOf(tx, name, columns)
    const wanted = manifest.tables[at]
    moved()
    if (there.rows === wanted?.rows && there.digest === wanted.digest) continue
    throw new OperatorError(
      `After the load, ${name} has ${there.rows} rows, and other ones than the backup with ${wanted?.rows ?? 0}.`,
      'Nothing was changed. Use another backup.',
    )
  }
}
