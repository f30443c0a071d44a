import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Type } from '@alkdev/typebox'
import { createTestDatabase } from '@alkdev/testing'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import { is } from 'drizzle-orm'
import postgres from 'postgres'
import type { Sql } from 'postgres'
import { expect, test } from 'vitest'
import { MIGRATIONS_FOLDER, readJournal } from '../migrations/folder.ts'
import { migrate } from '../migrations/migrate.ts'
import * as schema from './index.ts'

type Snapshot = ReturnType<typeof generateDrizzleJson>

const tables = Object.values(schema).filter((value) => is(value, PgTable))
const generated = (previous?: string): Snapshot =>
  generateDrizzleJson(schema, previous, undefined, 'snake_case')

async function catalogue(sql: Sql): Promise<Record<string, unknown>> {
  const [columns, constraints, indexes, enums] = [
    await sql`
      select table_name, column_name, udt_name, is_nullable, column_default, datetime_precision
      from information_schema.columns where table_schema = 'public' order by table_name, column_name`,
    await sql`
      select conrelid::regclass::text as table_name, conname, pg_get_constraintdef(oid) as definition
      from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c')
      order by 1, 2`,
    // Of a partitioned table, an index says "ON ONLY".
    await sql`
      select tablename, indexname, replace(indexdef, ' ON ONLY ', ' ON ') as indexdef
      from pg_indexes where schemaname = 'public' order by 1, 2`,
    await sql`
      select t.typname, array_agg(e.enumlabel order by e.enumsortorder) as labels
      from pg_type t join pg_enum e on e.enumtypid = t.oid group by 1 order by 1`,
  ]
  return {
    columns: [...columns],
    constraints: [...constraints],
    indexes: [...indexes],
    enums: [...enums],
  }
}

test('generating again gives no difference to the newest migration', async () => {
  const newest = (await readJournal()).at(-1)
  const file = join(MIGRATIONS_FOLDER, `meta/${String(newest?.idx).padStart(4, '0')}_snapshot.json`)
  const recorded = JSON.parse(await readFile(file, 'utf8')) as Snapshot
  expect(await generateMigration(recorded, generated(recorded.id))).toEqual([])
  // And the comparison is able to see one.
  const { roles, ...less } = schema
  expect(roles).toBeDefined()
  const statements = await generateMigration(
    recorded,
    generateDrizzleJson(less, recorded.id, undefined, 'snake_case'),
  )
  expect(statements.join()).toContain('DROP TABLE "roles"')
})

test('an empty database with all migrations is the schema', async () => {
  await using migrated = await createTestDatabase({ empty: true })
  await using direct = await createTestDatabase({ empty: true })
  await migrate(migrated.url)
  const [a, b] = [migrated, direct].map(({ url }) => postgres(url, { max: 1, onnotice: () => {} }))
  if (a === undefined || b === undefined) throw new Error('two were expected')
  try {
    for (const statement of await generateMigration(generateDrizzleJson({}), generated())) {
      await b.unsafe(statement)
    }
    const [made, meant] = [await catalogue(a), await catalogue(b)]
    expect(made).toEqual(meant)
    expect((made['columns'] as unknown[]).length).toBeGreaterThan(300)
  } finally {
    await Promise.all([a.end(), b.end()])
  }
})

test('every foreign key is led by an index, so that deleting what it points at stays cheap', () => {
  const bare = tables.flatMap((table) => {
    const config = getTableConfig(table)
    const leading = [
      ...config.indexes.map(({ config: { columns } }) => columns),
      ...config.uniqueConstraints.map(({ columns }) => columns),
      ...config.primaryKeys.map(({ columns }) => columns),
    ].map(([first]) => (first !== undefined && 'name' in first ? first.name : undefined))
    const keys = config.columns.filter((column) => column.primary).map((column) => column.name)
    return config.foreignKeys
      .map((key) => key.reference().columns[0]?.name ?? '')
      .filter((column) => !leading.includes(column) && !keys.includes(column))
      .map((column) => `${config.name}.${column}`)
  })
  expect(bare).toEqual([])
})

test('names of indexes and constraints follow the rule and are unique', () => {
  const names = tables.flatMap((table) => {
    const config = getTableConfig(table)
    return [
      ...config.indexes.map((one) => one.config.name ?? ''),
      ...config.uniqueConstraints.map((one) => one.name ?? ''),
      ...config.checks.map((one) => one.name),
    ].map((name) => {
      expect(name).toMatch(new RegExp(`^(idx|unq|chk)_${config.name}_`))
      expect(name.length).toBeLessThanOrEqual(63)
      return name
    })
  })
  expect(new Set(names).size).toBe(names.length)
})

test('every table of the design is there', () => {
  expect(tables.map((table) => getTableConfig(table).name).toSorted()).toEqual([
    'accounts',
    'api_keys',
    'approvals',
    'audit_logs',
    'budget_entries',
    'budget_slices',
    'budgets',
    'call_callers',
    'call_links',
    'call_log',
    'call_stats',
    'call_stats_progress',
    'change_counters',
    'changes',
    'client_connections',
    'client_secrets',
    'clients',
    'detections',
    'grants',
    'idempotency_keys',
    'inference_attempts',
    'inference_usage',
    'mappings',
    'merge_queue',
    'messages',
    'operation_registrations',
    'operations',
    'organization_invitations',
    'organization_members',
    'organizations',
    'parts',
    'projects',
    'queue_starts',
    'queued_call_results',
    'queued_calls',
    'roles',
    'schedule_firings',
    'schedules',
    'schema_levels',
    'session_abort_receipts',
    'session_aborts',
    'session_events',
    'session_permissions',
    'sessions',
    'spoke_processes',
    'spokes',
    'task_checks',
    'task_claims',
    'task_dependencies',
    'task_plans',
    'task_wakeups',
    'tasks',
    'tool_calls',
    'turn_steps',
    'turn_waits',
    'turns',
    'webhook_deliveries',
    'webhook_secrets',
    'webhooks',
    'workflow_run_events',
    'workflow_runs',
    'workflow_signals',
    'workflow_templates',
    'workspaces',
    'worktree_inventory',
  ])
})

test('the generated schemas are of the one TypeBox that all packages use', async () => {
  const fromHere = createRequire(import.meta.url)
  const drizzlebox = fromHere.resolve('@alkdev/drizzlebox')
  const entry = createRequire(drizzlebox).resolve('@sinclair/typebox')
  const twin = pathToFileURL(entry.replace('/build/cjs/', '/build/esm/').replace(/\.js$/, '.mjs'))
  const theirs = (await import(twin.href)) as { Type: unknown }
  expect(theirs.Type).toBe(Type)
})
