import type { TransactionSql } from 'postgres'
import { columnList, quoted } from './copy-rows.ts'

/** Number of rows of a table, and the sum of 60 bits of the MD5 of each: equal for equal rows in any order. */
export async function digestOf(
  tx: TransactionSql,
  table: string,
  columns: readonly string[],
): Promise<{ readonly rows: number; readonly digest: string }> {
  const [row] = await tx.unsafe<{ rows: string; digest: string }[]>(`
    select count(*)::text as rows,
      coalesce(sum(('x' || left(md5(row(${columnList(columns)})::text), 15))::bit(60)::bigint), 0)::text as digest
    from ${quoted(table)}`)
  return { rows: Number(row?.rows), digest: row?.digest ?? '0' }
}
