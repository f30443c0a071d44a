import { createHash } from 'node:crypto'
import { OperatorError } from '@alkdev/errors'
import type { TransactionSql } from 'postgres'
import type { DatabaseTarget } from '../database/connection-settings.ts'
import { lockSchema } from '../migrations/migrate.ts'
import { SCHEMA_LEVEL } from '../migrations/schema-level.ts'
import type { BackupFrame } from './backup-frames.ts'
import { BACKUP_FORMAT } from './backup-manifest.ts'
import type { BackupHeader, BackupTable } from './backup-manifest.ts'
import { copyOut, quoted } from './copy-rows.ts'
import { digestOf } from './digest.ts'
import { inSession } from './open-session.ts'
import type { SessionOptions } from './open-session.ts'

/** The work on one table. */
export interface BackupProgress {
  readonly table: string
  /** Its place among the tables, from 1. */
  readonly at: number
  readonly of: number
  readonly rows: number
}

export interface BackupOptions extends SessionOptions {
  readonly onProgress?: (progress: BackupProgress | { readonly step: 'waiting' }) => void
  /** Milliseconds to wait for a migrator. Default 300,000. */
  readonly lockTimeoutMs?: number
}

interface SourceTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly partitioned: boolean
}

/**
 * Reads the whole database as of one moment and gives it to `consume` part by part; the services may run meanwhile. Needs the right to read
 * each table. Holds at most 1 MiB of rows. Resolves with what `consume` returned. Throws OperatorError when the database does not answer or
 * has no schema, a newer one, or a migration that runs for too long.
 */
export function backupDatabase<T>(
  target: DatabaseTarget,
  consume: (frames: AsyncIterable<BackupFrame>) => Promise<T>,
  options: BackupOptions = {},
): Promise<T> {
  return inSession(target, 'A backup', options, async ({ sql, moved }) => {
    // No migration may change the schema meanwhile.
    await lockSchema(sql, options)
    let result: { readonly value: T } | undefined
    await sql.begin('isolation level repeatable read read only', async (tx) => {
      result = { value: await consume(framesOf(tx, moved, options)) }
    })
    if (result === undefined) throw new Error('the transaction ended without its work')
    return result.value
  })
}

async function* framesOf(
  tx: TransactionSql,
  moved: () => void,
  options: BackupOptions,
): AsyncGenerator<BackupFrame> {
  const sources = await readTables(tx)
  yield { kind: 'header', header: await readHeader(tx, sources) }
  const tables: BackupTable[] = []
  for (const [at, source] of sources.entries()) {
    const { name, columns } = source
    const { rows, digest } = await digestOf(tx, name, columns)
    moved()
    options.onProgress?.({ table: name, at: at + 1, of: sources.length, rows })
    yield { kind: 'table', name }
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of copyOut(tx, name, columns, source.partitioned)) {
      hash.update(piece)
      bytes += piece.length
      yield { kind: 'rows', bytes: piece }
      moved()
    }
    tables.push({ name, rows, bytes, sha256: hash.digest('hex'), digest })
  }
  yield { kind: 'manifest', manifest: { tables, files: [] } }
}

/** The tables of the hub by name; partitioned ones last, because a lock on one delays the deletion of old days. */
async function readTables(tx: TransactionSql): Promise<SourceTable[]> {
  return await tx<SourceTable[]>`
    select n.nspname || '.' || c.relname as name, c.relkind = 'p' as partitioned,
      (select json_agg(a.attname order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'drizzle') and c.relkind in ('r', 'p') and not c.relispartition
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by 2, 1`
}

async function readHeader(
  tx: TransactionSql,
  tables: readonly SourceTable[],
): Promise<BackupHeader> {
  const names = new Set(tables.map(({ name }) => name))
  if (!names.has('public.schema_levels') || !names.has('drizzle.__drizzle_migrations'))
    throw new OperatorError(
      'The database has no schema of a hub: there is nothing to back up.',
      'Name the config of another database.',
    )
  const [state] = await tx<{ level: number; now: Date }[]>`
    select max(level)::int as level, now() as now from schema_levels`
  const applied = await tx<{ hash: string }[]>`
    select hash from drizzle.__drizzle_migrations order by created_at`
  const level = state?.level ?? 0
  if (level > SCHEMA_LEVEL)
    throw new OperatorError(
      `The database schema is at level ${level}, and this version knows level ${SCHEMA_LEVEL}.`,
      'Back it up with the version of the hub that uses it.',
    )
  const partitions = await tx<BackupHeader['partitions']>`
    select cn.nspname || '.' || c.relname as name, pn.nspname || '.' || p.relname as of,
      pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_inherits i
      join pg_class c on c.oid = i.inhrelid join pg_namespace cn on cn.oid = c.relnamespace
      join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
    where p.relkind = 'p' and c.relkind = 'r' and pn.nspname = 'public' order by 1`
  const sequences = await tx<{ name: string }[]>`
    select schemaname || '.' || sequencename as name from pg_sequences
    where schemaname in ('public', 'drizzle') order by 1`
  return {
    format: BACKUP_FORMAT,
    createdAt: (state?.now ?? new Date()).toISOString(),
    schemaLevel: level,
    migrations: applied.map(({ hash }) => hash),
    tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
    partitions: partitions.map(({ name, of, bound }) => ({ name, of, bound })),
    sequences: await Promise.all(sequences.map(({ name }) => readSequence(tx, name))),
  }
}

async function readSequence(
  tx: TransactionSql,
  name: string,
): Promise<BackupHeader['sequences'][number]> {
  const [row] = await tx.unsafe<{ last: string; called: boolean }[]>(
    `select last_value::text as last, is_called as called from ${quoted(name)}`,
  )
  return { name, last: row?.last ?? '1', called: row?.called ?? false }
}
