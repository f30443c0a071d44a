import { sql } from 'drizzle-orm'
import type { WhoseCalls } from '../call-log/list-calls.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { QueueState } from './read-queued-calls.ts'

/** Queued calls that are counted at most. */
const MAX_COUNTED = 10_000

/** How many queued calls of these accounts wait and run, 10,000 of each at most, by the clock of the database. */
export function readQueueActivity(
  db: Db,
  { accountIds, memberOf }: WhoseCalls,
): Promise<QueueState> {
  return coded(async () => {
    const ofAccounts = accountIds
      ? sql`and account_id = any(${sql.param([...accountIds])}::text[])`
      : sql``
    const ofMembers =
      memberOf === undefined
        ? sql``
        : sql`and account_id = any(array(select account_id from organization_members where org_id = ${memberOf}))`
    const due = sql`from queued_calls where status = 'accepted' and not_before <= now() ${ofAccounts} ${ofMembers}`
    const [row] = await db.execute<QueueState & Record<string, unknown>>(sql`
      select (select count(*)::int from (select ${due} limit ${MAX_COUNTED}::int) d) as due,
        (select count(*)::int from (select from queued_calls
          where status = 'running' ${ofAccounts} ${ofMembers} limit ${MAX_COUNTED}::int) r) as running,
        coalesce((select extract(epoch from now() - min(not_before))::double precision * 1000 ${due}), 0) as "oldestDueMs"`)
    return row ?? { due: 0, running: 0, oldestDueMs: 0 }
  })
}
