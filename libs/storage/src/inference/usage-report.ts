import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { inferenceUsage } from '../schema/inference/inference-usage.ts'
import type { TokenCounts } from './ledger-call.ts'

export type UsageGroup = 'day' | 'model' | 'account' | 'session' | 'run' | 'key' | 'call'

const GROUPS: Readonly<Record<UsageGroup, SQL>> = {
  day: sql`to_char(u.started_at at time zone 'utc', 'YYYY-MM-DD')`,
  model: sql`coalesce(u.provider || '/' || u.model, u.requested_model)`,
  account: sql`u.account_id`,
  session: sql`coalesce(u.session_id, '')`,
  run: sql`coalesce(u.run_id, '')`,
  key: sql`coalesce(u.key_id, '')`,
  call: sql`u.id`,
}

export interface UsageRequest extends PageRequest {
  readonly by: UsageGroup
  /** Calls that began at or after this instant. */
  readonly since: Date
  /** Calls that began before this instant. */
  readonly until: Date
  /** Without `accountId` and `memberOf`: calls of all accounts. */
  readonly accountId?: string
  /** Calls of the members that this organization has now. */
  readonly memberOf?: string
  /** `provider/model`. */
  readonly model?: string
  readonly keyId?: string
  readonly sessionId?: string
  /** Of a workflow. */
  readonly runId?: string
}

/** The calls of one group that have ended. */
export type UsageSum = TokenCounts & {
  /** The day (UTC), model, account, session, run, key or call; empty for calls without session, run or key. */
  readonly group: string
  readonly calls: number
  /** Calls that did not end well. */
  readonly failed: number
  /** Calls whose tokens are estimated. */
  readonly estimated: number
  /** Calls without a known price. They are not part of the cost. */
  readonly unpriced: number
  readonly costMicros: number
}

type UsageRow = Omit<UsageSum, 'group'> & { readonly id: string }

/** Adds up calls of models by a group, in the order of its names. */
export function reportUsage(db: Db, request: UsageRequest): Promise<Page<UsageSum>> {
  return coded(async () => {
    const { limit: _limit, cursor: _cursor, ...filters } = request
    // The groups stand in for the table, so that the page is one of their names.
    const keyset = new Keyset([inferenceUsage.id], 'asc', ['usage', filters])
    const after = keyset.after(request)
    const rows = await db.execute<UsageRow>(sql`
      select * from (
        select ${GROUPS[request.by]} as id, count(*)::float8 as calls,
          count(*) filter (where u.code is not null)::float8 as failed,
          count(*) filter (where u.usage_source = 'estimate')::float8 as estimated,
          count(*) filter (where u.unpriced)::float8 as unpriced,
          coalesce(sum(u.cost_micros), 0)::float8 as "costMicros",
          sum(u.input_tokens)::float8 as input, sum(u.cache_read_tokens)::float8 as "cacheRead",
          sum(u.cache_write_5m_tokens)::float8 as "cacheWrite5m", sum(u.cache_write_1h_tokens)::float8 as "cacheWrite1h",
          sum(u.output_tokens)::float8 as output, sum(u.reasoning_tokens)::float8 as reasoning,
          sum(u.audio_input_tokens)::float8 as "audioInput", sum(u.audio_output_tokens)::float8 as "audioOutput"
        from inference_usage u where ${sql.join(conditions(request), sql` and `)}
        group by 1
      ) as inference_usage
      where ${after ?? sql`true`} order by ${sql.join(keyset.order, sql`, `)} limit ${Keyset.limit(request)}`)
    const page = keyset.page([...rows], request, ({ id }) => [id])
    return { ...page, items: page.items.map(({ id, ...sums }) => ({ group: id, ...sums })) }
  })
}

function conditions(request: UsageRequest): SQL[] {
  const { since, until, accountId, memberOf, model, keyId, sessionId, runId } = request
  return [
    sql`u.ended_at is not null`,
    sql`u.started_at >= ${since.toISOString()}::timestamptz`,
    sql`u.started_at < ${until.toISOString()}::timestamptz`,
    ...(accountId === undefined ? [] : [sql`u.account_id = ${accountId}`]),
    ...(memberOf === undefined
      ? []
      : [
          sql`u.account_id in (select m.account_id from organization_members m where m.org_id = ${memberOf})`,
        ]),
    ...(model === undefined ? [] : [sql`${GROUPS.model} = ${model}`]),
    ...(keyId === undefined ? [] : [sql`u.key_id = ${keyId}`]),
    ...(sessionId === undefined ? [] : [sql`u.session_id = ${sessionId}`]),
    ...(runId === undefined ? [] : [sql`u.run_id = ${runId}`]),
  ]
}
