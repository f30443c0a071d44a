import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import type { Sql } from 'postgres'
import type { JournalEntry } from './folder.ts'

const LEVEL = /INSERT INTO "schema_levels"[^;]*VALUES \((\d+), '[^']*', (\d+)\)/i
/** The application names of the services' connections, see `openDatabase`. */
const SERVICES = ['gateway', 'spoke-broker', 'coordinator', 'inference-proxy', 'mcp']

/** The pending migrations with which code of the current level does not work. */
export async function needFullStop(
  folder: string,
  pending: readonly JournalEntry[],
  appliedLevel: number,
): Promise<string[]> {
  const needing: string[] = []
  for (const { tag } of pending) {
    const [, , oldest] = LEVEL.exec(await readFile(`${folder}/${tag}.sql`, 'utf8')) ?? []
    if (Number(oldest) > appliedLevel) needing.push(tag)
  }
  return needing
}

/**
 * Throws OperatorError when services are connected to the database: their version does not work with these migrations. Their connections
 * are found by name, so a service that connects later, or through a pooler that hides the name, is not noticed.
 */
export async function requireFullStop(sql: Sql, migrations: readonly string[]): Promise<void> {
  const connected = await connectedServices(sql)
  if (connected === undefined) return
  throw new OperatorError(
    `${migrations.join(', ')}: services of the running version do not work with this migration, and some are connected: ${connected} connections.`,
    'Stop every service (in compose: `docker compose stop`), run `alkhub migrate` again, and start the new version.',
  )
}

/** The services that are connected to the database, with the number of their connections, as text; undefined when there is none. */
export async function connectedServices(sql: Sql): Promise<string | undefined> {
  const names = SERVICES.map((name) => `alkhub ${name}`)
  const rows = await sql<{ name: string; count: number }[]>`
    select application_name as name, count(*)::int from pg_stat_activity
    where datname = current_database() and application_name = any(${names}) group by 1 order by 1`
  return rows.length === 0
    ? undefined
    : rows.map(({ name, count }) => `${name} (${count})`).join(', ')
}
