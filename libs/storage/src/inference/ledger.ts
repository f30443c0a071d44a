import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { inferenceUsage } from '../schema/inference/inference-usage.ts'
import { openingCallsJson, settledCallJson } from './calls-json.ts'
import type { CallRefusal, OpeningCall, SettledCall } from './ledger-call.ts'

/**
 * Opens calls in the order given, in one statement: for each, the worst case is reserved in every budget that counts it and its row is
 * inserted, or it is refused. Gives the refusals by call id. Throws UNAVAILABLE when the database cannot be reached.
 */
export function openCalls(
  db: Db,
  calls: readonly OpeningCall[],
): Promise<ReadonlyMap<string, CallRefusal>> {
  return coded(async () => {
    const rows = await db.execute<{ call_id: string; refusal: CallRefusal }>(
      sql`select call_id, refusal from inference_open(${openingCallsJson(calls)}::text::jsonb)`,
    )
    return new Map(rows.map(({ call_id: id, refusal }) => [id, refusal]))
  })
}

/** Begins calls whose worst cases were taken from slices: the parameter is the calls as JSON, the rows are `BegunRow`. */
export const BEGIN_CALLS = 'select what, about, facts from inference_begin($1::text::jsonb)'

/** What `BEGIN_CALLS` gives. */
export type BegunRow =
  /** A call. */
  | { readonly what: 'refused'; readonly about: string; readonly facts: CallRefusal }
  /** A holder that has lost slices. Its calls were opened as if there were none. */
  | { readonly what: 'lost'; readonly about: string }
  /** A budget whose slices are needed by a call that found nothing free. */
  | { readonly what: 'recalled'; readonly about: string }

/**
 * Settles calls in one statement: the row, the attempts, and what was reserved. The first end of a call counts, except that the end that
 * the sweep estimated gives way to that of the proxy. Gives the ids of those that were settled now.
 */
export function settleCalls(db: Db, calls: readonly SettledCall[]): Promise<readonly string[]> {
  return settleCallTexts(
    db,
    calls.map((call) => settledCallJson(call)),
  )
}

/** The same for calls that are JSON already (`settledCallJson`): a text is less to hold for a moment than what it says. */
export function settleCallTexts(db: Db, calls: readonly string[]): Promise<readonly string[]> {
  return coded(async () => {
    const rows = await db.execute<{ id: string }>(
      sql`select s as id from inference_settle(${`[${calls.join(',')}]`}::text::jsonb) s`,
    )
    return rows.map(({ id }) => id)
  })
}

/** What is known of an open call: the output tokens so far, estimated. */
export interface CallProgress {
  readonly id: string
  readonly output: number
}

/** Keeps open calls from the sweep for another `leaseMs` milliseconds, and notes their output so far. */
export function renewCalls(db: Db, calls: readonly CallProgress[], leaseMs: number): Promise<void> {
  return coded(async () => {
    await db.execute(sql`
      update inference_usage u set lease_until = clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond',
        output_tokens = r.output
      from jsonb_to_recordset(${JSON.stringify(calls)}::text::jsonb) as r (id text, output bigint)
      where u.id = r.id and u.ended_at is null`)
  })
}

/** An open call whose proxy no longer renews its lease. */
export type LostCall = Pick<
  typeof inferenceUsage.$inferSelect,
  | 'id'
  | 'parentId'
  | 'accountId'
  | 'keyId'
  | 'orgId'
  | 'sessionId'
  | 'endpoint'
  | 'requestedModel'
  | 'provider'
  | 'model'
  | 'streamed'
  | 'inputTokens'
  | 'outputTokens'
  | 'startedAt'
  | 'leaseUntil'
  | 'tags'
>

/** Open calls whose lease is over, the oldest first. */
export function findLostCalls(db: Db, limit: number): Promise<readonly LostCall[]> {
  return coded(() =>
    db
      .select({
        id: inferenceUsage.id,
        parentId: inferenceUsage.parentId,
        accountId: inferenceUsage.accountId,
        keyId: inferenceUsage.keyId,
        orgId: inferenceUsage.orgId,
        sessionId: inferenceUsage.sessionId,
        endpoint: inferenceUsage.endpoint,
        requestedModel: inferenceUsage.requestedModel,
        provider: inferenceUsage.provider,
        model: inferenceUsage.model,
        streamed: inferenceUsage.streamed,
        inputTokens: inferenceUsage.inputTokens,
        outputTokens: inferenceUsage.outputTokens,
        startedAt: inferenceUsage.startedAt,
        leaseUntil: inferenceUsage.leaseUntil,
        tags: inferenceUsage.tags,
      })
      .from(inferenceUsage)
      .where(
        sql`${inferenceUsage.endedAt} is null and ${inferenceUsage.leaseUntil} < clock_timestamp()`,
      )
      .orderBy(inferenceUsage.leaseUntil)
      .limit(limit),
  )
}

/** Deletes settled entries of calls that are older than a day. The calls keep the amounts. */
export function pruneBudgetEntries(db: Db): Promise<void> {
  return coded(async () => {
    await db.execute(
      sql`delete from budget_entries where kind = 'call' and settled_at < now() - interval '1 day'`,
    )
  })
}
