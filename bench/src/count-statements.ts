import { sleep } from '@alkdev/std'
import type { TortureStack } from '@alkdev/test/torture'

type CountedStack = Pick<TortureStack, 'database' | 'restartPostgres'>

/** Lets the PostgreSQL of a stack count what its statements cost. Restarts it. */
export async function countStatements(stack: CountedStack): Promise<void> {
  const { sql } = stack.database
  await sql`alter system set shared_preload_libraries = 'pg_stat_statements'`
  await sql`alter system set pg_stat_statements.track_planning = on`
  await stack.restartPostgres(0)
  for (let at = 0; at < 50; at++) {
    const made = await sql`create extension if not exists pg_stat_statements`.then(
      () => true,
      () => false,
    )
    if (made) return
    await sleep(200)
  }
}

/** Forgets what was counted. */
export async function resetStatements({ database }: Pick<CountedStack, 'database'>): Promise<void> {
  await database.sql`select pg_stat_statements_reset()`
}

/** Prints the statements that cost most, in microseconds for each of `units`, and how many there were of all. */
export async function printStatements(
  { database }: Pick<CountedStack, 'database'>,
  units: number,
  limit: number,
): Promise<void> {
  const [all] = await database.sql<{ calls: number }[]>`
    select sum(calls)::int as calls from pg_stat_statements`
  console.log(`${((all?.calls ?? 0) / units).toFixed(1)} statements each`)
  const statements = await database.sql<
    { calls: number; ms: number; planned: number; query: string }[]
  >`
    select calls::int, total_exec_time as ms, total_plan_time as planned, query from pg_stat_statements
    order by total_exec_time + total_plan_time desc limit ${limit}`
  for (const one of statements) {
    const text = one.query.replaceAll(/\s+/g, ' ').slice(0, 130)
    const us = (ms: number, of: number): string => ((ms * 1000) / of).toFixed(0)
    console.log(
      `${us(one.ms, units).padStart(8)} us + ${us(one.planned, units)} to plan, ${(one.calls / units).toFixed(3)} x ${us(one.ms, one.calls)} us  ${text}`,
    )
  }
}
