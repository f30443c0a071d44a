import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import type { Sql } from 'postgres'
import type { JournalEntry } from './folder.ts'

const LEVEL = /INSERT INTO "schema_levels"[^;]*VALUES \((\d+), '[^']*', (\d+)\)/i
/** What the services call their connections, see `openDatabase`. */
const SERVICES = ['gateway', 'spoke-broker', 'coordinator', 'inference-proxy', 'mcp']

/** The pending migrations with which code of the level that is applied now does not work. */
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
 * are found by name, so that a service which connects later, or by a pooler that hides the name, is not noticed.
 */
export async function requireFullStop(sql: Sql, migrations: readonly string[]): Promise<void> {
  const names = SERVICES.map((name) => `alkhub ${name}`)
  const rows = await sql<{ name: string; count: number }[]>`
    select application_name as name, count(*)::int from pg_stat_activity
    where datname = current_database() and application_name = any(${names}) group by 1 order by 1`
  if (rows.length === 0) return
  const connected = rows.map(({ name, count }) => `${name} (${count})`).join(', ')
  throw new OperatorError(
    `${migrations.join(', ')}: services of the running version do not work with this migration, and some are connected: ${connected} connections.`,
    'Stop every service (in compose: `docker compose stop`), run `alkhub migrate` again, and start the new version.',
  )
}
