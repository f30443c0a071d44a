import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** Those of the accounts that may see a project: its owner, or the members of its organization when it has one. */
export function accountsThatSee(
  db: Db,
  projectId: string,
  accountIds: readonly string[],
): Promise<ReadonlySet<string>> {
  return coded(async () => {
    const rows = await db.execute<{ id: string }>(sql`
      select coalesce(m.account_id, p.owner_id) as id
      from projects p left join organization_members m on m.org_id = p.org_id
      where p.id = ${projectId} and (p.org_id is null or m.account_id is not null)
        and coalesce(m.account_id, p.owner_id) = any(${sql.param([...accountIds])}::text[])`)
    return new Set(rows.map(({ id }) => id))
  })
}
