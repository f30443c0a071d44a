import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { is } from 'drizzle-orm'
import { getTableConfig, PgDialect, PgTable } from 'drizzle-orm/pg-core'
import type { PgColumn } from 'drizzle-orm/pg-core'
import * as schema from '../schema/index.ts'

type Config = ReturnType<typeof getTableConfig>

/** The service that writes the tables of an area. */
const areas: readonly (readonly [folder: string, writer: string])[] = [
  ['identity', 'gateway; each service writes the audit rows of its own actions'],
  ['projects', 'coordinator'],
  ['roles', 'coordinator'],
  ['sessions', 'coordinator'],
  ['spokes', 'spoke-broker'],
  ['services', 'gateway'],
  ['coordination', 'coordinator'],
  ['call-log', 'every service inserts; the coordinator prunes and repairs'],
  ['tasks', 'coordinator'],
  ['calls', 'gateway, spoke-broker and mcp, for calls with a key'],
  ['approvals', 'coordinator'],
  ['schedules', 'coordinator'],
  ['webhooks', 'coordinator'],
  ['workflows', 'coordinator'],
  [
    'inference',
    'inference-proxy; the coordinator opens, divides and closes the budgets of sessions',
  ],
  ['changes', 'every service that changes the subjects of a topic; schema_levels: migrations'],
]

/** Tables to which no service writes a row yet. A test compares the list with the statements in the sources. */
export const UNWRITTEN: ReadonlySet<string> = new Set()

const dialect = new PgDialect({ casing: 'snake_case' })
const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * The tables, columns, references and indexes of the schema as Markdown, by area, generated from the definitions. `lastUpdated` is the
 * date (YYYY-MM-DD) for the front matter.
 */
export async function renderTableReference(
  schemaFolder: string,
  lastUpdated: string,
): Promise<string> {
  const configs = Object.values(schema)
    .filter((value) => is(value, PgTable))
    .map((table) => getTableConfig(table))
  const parts = [
    `---\nstatus: generated\nlast_updated: ${lastUpdated}\n---`,
    '# Tables',
    wrap(
      'A test generates this page from the definitions in `libs/storage/src/schema` (`vitest run libs/storage/src/docs --update` updates it). ' +
        'Times are `timestamptz(3)`. Unless stated otherwise, a table also has `id text` (primary key, UUIDv7), ' +
        "`metadata jsonb` (default `'{}'`), `created_at` and `updated_at`.",
    ),
  ]
  for (const [folder, writer] of areas) {
    const tables = await tablesOf(join(schemaFolder, folder))
    const written = tables.some(([name]) => !UNWRITTEN.has(name))
    parts.push(`## ${folder}`, written ? `Written by: ${writer}.` : '')
    for (const [name, text] of tables) {
      const config = configs.find((one) => one.name === name)
      if (config === undefined) throw new Error(`${name} is not exported by the schema`)
      const note = UNWRITTEN.has(name) ? 'No service writes it yet.' : ''
      parts.push(`### ${name}`, wrap(text), note, renderColumns(config), renderIndexes(config))
    }
  }
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** The text in lines of at most 120 characters. */
function wrap(text: string): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + 1 + word.length > 120) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}

async function tablesOf(folder: string): Promise<[name: string, text: string][]> {
  const tables: [string, string][] = []
  for (const file of (await readdir(folder)).toSorted()) {
    const source = await readFile(join(folder, file), 'utf8')
    const found = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const \w+ = pgTable\(\s*'(\w+)'/.exec(
      source,
    )
    if (found === null) continue
    const [, comment = '', name = ''] = found
    tables.push([
      name,
      comment
        .replace(/^\s*\*? ?/gm, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ])
  }
  return tables
}

const common = new Map([
  ['id', 'text'],
  ['metadata', 'jsonb'],
  ['createdAt', 'timestamp (3) with time zone'],
  ['updatedAt', 'timestamp (3) with time zone'],
])

function renderColumns(config: Config): string {
  const own = config.columns.filter((column) => common.get(column.name) !== column.getSQLType())
  const missing = [...common.keys()].filter(
    (name) => !config.columns.some((column) => column.name === name),
  )
  const rows = own.map(
    (column) =>
      `| ${snake(column.name)} | ${typeOf(column)} | ${column.notNull ? '' : 'null'} | ${defaultOf(column)} | ${referenceOf(config, column)} |`,
  )
  const table = [
    '| column | type | | default | references |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
  if (missing.length === 0) return table
  return `${table}\n\nWithout ${missing.map((name) => `\`${snake(name)}\``).join(', ')}.`
}

function typeOf(column: PgColumn): string {
  const values = column.enumValues
  if (values !== undefined && values.length > 0)
    return values.map((value) => `\`${value}\``).join(' ')
  return column.getSQLType() === 'timestamp (3) with time zone' ? 'time' : column.getSQLType()
}

function defaultOf(column: PgColumn): string {
  const value: unknown = column.default
  if (value === undefined) return ''
  if (typeof value === 'string') return `\`${value}\``
  if (typeof value === 'object' && value !== null && 'queryChunks' in value) {
    return `\`${dialect.sqlToQuery(value as never).sql}\``
  }
  return `\`${JSON.stringify(value)}\``
}

function referenceOf(config: Config, column: PgColumn): string {
  return config.foreignKeys
    .flatMap((key) => {
      const { columns, foreignTable, foreignColumns } = key.reference()
      if (!columns.some(({ name }) => name === column.name)) return []
      const target = getTableConfig(foreignTable).name
      const fields = foreignColumns.map(({ name }) => snake(name)).join(', ')
      return [`${target} (${fields}), ${key.onDelete ?? 'no action'}`]
    })
    .join('; ')
}

function renderIndexes(config: Config): string {
  const lines = [
    ...config.uniqueConstraints.map(
      ({ name, columns }) =>
        `- unique \`${name}\` (${columns.map((one) => snake(one.name)).join(', ')})`,
    ),
    ...config.indexes.map(({ config: index }) => {
      const columns = index.columns
        .map((one) => ('name' in one ? snake(one.name ?? '') : ''))
        .join(', ')
      const method =
        index.method === 'btree' || index.method === undefined ? '' : ` ${index.method}`
      const where = index.where === undefined ? '' : ` where ${conditionOf(config, index.where)}`
      return `- ${index.unique ? 'unique index' : 'index'} \`${index.name}\`${method} (${columns})${where}`
    }),
    ...config.checks.map(({ name, value }) => `- check \`${name}\`: ${conditionOf(config, value)}`),
  ]
  return lines.join('\n')
}

function conditionOf(config: Config, condition: Parameters<PgDialect['sqlToQuery']>[0]): string {
  const text = dialect.sqlToQuery(condition).sql.replace(/\s+/g, ' ')
  return `\`${text.replaceAll(`"${config.name}".`, '').replaceAll('"', '')}\``
}
