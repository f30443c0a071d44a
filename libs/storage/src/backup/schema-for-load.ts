import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import type { TransactionSql } from 'postgres'
import { MIGRATIONS_FOLDER, readJournal } from '../migrations/folder.ts'
import { damaged } from './backup-manifest.ts'
import type { BackupHeader } from './backup-manifest.ts'
import { quoted } from './copy-rows.ts'

/** Removes the tables, functions and types of the hub. Extensions and the schema `public` itself stay. */
export async function removeSchema(tx: TransactionSql): Promise<void> {
  await tx.unsafe(
    'drop schema if exists call_log_days cascade; drop schema if exists drizzle cascade',
  )
  const isOwn = (catalog: string, column: string): string =>
    `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${column} and d.deptype = 'e')`
  const rows = await tx.unsafe<{ statement: string }[]>(`
    select format('drop table if exists public.%I cascade', relname) as statement, 1 as place from pg_class c
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and ${isOwn('pg_class', 'c.oid')}
    union all select format('drop routine if exists %s cascade', p.oid::regprocedure), 2 from pg_proc p
      where pronamespace = 'public'::regnamespace and ${isOwn('pg_proc', 'p.oid')}
    union all select format('drop type if exists public.%I cascade', typname), 3 from pg_type t
      where typnamespace = 'public'::regnamespace and typtype = 'e' and ${isOwn('pg_type', 't.oid')}
    order by place`)
  for (const { statement } of rows) await tx.unsafe(statement)
}

/** Applies the migrations up to the level of the backup. Throws OperatorError when they differ from those that made it. */
export async function makeSchema(tx: TransactionSql, header: BackupHeader): Promise<void> {
  const journal = (await readJournal()).slice(0, header.schemaLevel)
  await tx.unsafe(`
    create schema drizzle;
    create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`)
  for (const [at, { tag }] of journal.entries()) {
    const text = await readFile(`${MIGRATIONS_FOLDER}/${tag}.sql`, 'utf8')
    if (createHash('sha256').update(text).digest('hex') !== header.migrations[at])
      throw new OperatorError(
        `The schema of the backup was made by another migration than ${tag} of this version.`,
        'Nothing was changed. Restore it with the version of the hub that made it, then update.',
      )
    for (const statement of text.split('--> statement-breakpoint')) await tx.unsafe(statement)
  }
  // What the migrations inserted must not wait for the end of the transaction: it is removed.
  await tx.unsafe('set constraints all immediate')
  const there = await tx<{ name: string }[]>`
    select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relispartition`
  const names = new Set(there.map(({ name }) => name))
  for (const { name, of, bound } of header.partitions)
    if (!names.has(name))
      await tx.unsafe(`create table ${quoted(name)} partition of ${quoted(of)} ${bound}`)
}

/** Throws OperatorError when the backup has other tables or columns than the schema. */
export async function requireSameTables(
  tx: TransactionSql,
  { tables }: BackupHeader,
): Promise<void> {
  const there = await tx<{ name: string; columns: string[] }[]>`
    select n.nspname || '.' || c.relname as name,
      (select json_agg(a.attname order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'drizzle') and c.relkind in ('r', 'p') and not c.relispartition
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`
  const columns = new Map(there.map((one) => [one.name, [...one.columns].toSorted().join(' ')]))
  const other = tables.find(
    (table) => columns.get(table.name) !== [...table.columns].toSorted().join(' '),
  )
  if (other !== undefined)
    throw damaged(`has the table ${other.name}, which this version does not have in this form`)
  if (tables.length !== columns.size) throw damaged('lacks a table')
}

/**
 * Empties the tables, switches their triggers off, and removes the foreign keys, so that rows may be loaded in any order. Returns the
 * statements that add the foreign keys again, which checks them.
 */
export async function beginLoad(
  tx: TransactionSql,
  { tables }: BackupHeader,
): Promise<readonly string[]> {
  const keys = await tx<{ owner: string; name: string; definition: string }[]>`
    select conrelid::regclass::text as owner, quote_ident(conname) as name, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c join pg_class t on t.oid = c.conrelid
    where contype = 'f' and conparentid = 0 and t.relnamespace = 'public'::regnamespace`
  for (const { owner, name } of keys)
    await tx.unsafe(`alter table ${owner} drop constraint ${name}`)
  for (const { name } of tables) await tx.unsafe(`alter table ${quoted(name)} disable trigger user`)
  await tx.unsafe(`truncate ${tables.map(({ name }) => quoted(name)).join(', ')}`)
  return keys.map(
    ({ owner, name, definition }) => `alter table ${owner} add constraint ${name} ${definition}`,
  )
}

/** Adds the foreign keys, switches the triggers on, and sets the sequences. */
export async function endLoad(
  tx: TransactionSql,
  { tables, sequences }: BackupHeader,
  foreignKeys: readonly string[],
): Promise<void> {
  for (const statement of foreignKeys) await tx.unsafe(statement)
  for (const { name } of tables) await tx.unsafe(`alter table ${quoted(name)} enable trigger user`)
  for (const { name, last, called } of sequences)
    await tx`select setval(${quoted(name)}::regclass, ${last}::bigint, ${called})`
}
