import { sql } from 'drizzle-orm'
import type { AnyColumn, SQL } from 'drizzle-orm'

/** The condition that a column has a text somewhere, in any case. Every character stands for itself. */
export function hasText(column: AnyColumn, text: string): SQL {
  return sql`position(lower(${text}) in lower(${column})) > 0`
}
