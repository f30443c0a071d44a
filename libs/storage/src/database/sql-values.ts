import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'

/** Milliseconds as an interval. */
export function interval(ms: number): SQL {
  return sql`${ms / 1000}::double precision * interval '1 second'`
}

/** One parameter however long the list is. */
export function textArray(values: readonly string[]): SQL {
  return sql`${sql.param([...values])}::text[]`
}
