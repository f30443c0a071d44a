import type { CallRecord } from '@alkdev/contracts'
import type { CodedError } from '@alkdev/errors'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { PostgresFailure } from '../database/postgres-failure.ts'
import { isPartitionCreated, storageError } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { REMOVED_OPERATION_ID } from '../schema/spokes/operations.ts'
import { plainArray, textArray } from './call-log-arrays.ts'
import { callLogBatch } from './call-log-batch.ts'
import type { BatchCaller, BatchRoute, CallLogBatch } from './call-log-batch.ts'

/** Rows of one statement; longer lists are written in several statements. */
const BATCH = 500
/** How often a statement is sent again because a partition was created while it waited. */
const PARTITION_RETRIES = 8

export interface InsertedCalls {
  /** Number of rows written; a call that has a row already is not counted. */
  readonly inserted: number
  /** Records that the database refuses. The others are stored. */
  readonly rejected: readonly { readonly callId: string; readonly error: CodedError }[]
}

/**
 * Writes calls that have ended to the call log, one statement per 500. For a call id the first row wins. Payloads are redacted and cut
 * here. Ids of accounts, sessions and spokes are stored unchanged (null when they are not UUIDs); an unknown operation becomes
 * `__removed__`. Throws UNAVAILABLE when the database cannot be reached: nothing of the current batch is stored then, and the list may be
 * passed again.
 */
export async function insertCallRecords(
  db: Db,
  records: readonly CallRecord[],
): Promise<InsertedCalls> {
  let inserted = 0
  const rejected: { callId: string; error: CodedError }[] = []
  const calls = firstOfEach(records)
  for (let at = 0; at < calls.length; at += BATCH) {
    inserted += await insertBatch(db, calls.slice(at, at + BATCH), rejected)
  }
  return { inserted, rejected }
}

function firstOfEach(records: readonly CallRecord[]): CallRecord[] {
  const byId = new Map<string, CallRecord>()
  for (const record of records)
    if (!byId.has(record.header.callId)) byId.set(record.header.callId, record)
  return [...byId.values()]
}

async function insertBatch(
  db: Db,
  records: readonly CallRecord[],
  rejected: { callId: string; error: CodedError }[],
): Promise<number> {
  try {
    return await insertRowsAgain(db, callLogBatch(records))
  } catch (thrown) {
    const error = storageError(thrown)
    const isData = error.code === 'VALIDATION_ERROR' || error.code === 'CONFLICT'
    const [first] = records
    if (!isData || first === undefined) throw error
    if (records.length === 1) {
      rejected.push({ callId: first.header.callId, error })
      return 0
    }
    // One bad record must not prevent the others: the batch is halved until the record is alone.
    const middle = Math.ceil(records.length / 2)
    const left = await insertBatch(db, records.slice(0, middle), rejected)
    return left + (await insertBatch(db, records.slice(middle), rejected))
  }
}

/** Sends the statement again when a partition of the log was created meanwhile; throws what is thrown after `PARTITION_RETRIES`. */
async function insertRowsAgain(db: Db, batch: CallLogBatch): Promise<number> {
  for (let retries = 0; ; retries += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the next attempt follows the end of this one
      return await insertRows(db, batch)
    } catch (error) {
      const failure = PostgresFailure.find(error)
      if (retries >= PARTITION_RETRIES || failure === undefined || !isPartitionCreated(failure))
        throw error
    }
  }
}

/**
 * Arrays as parameters, so that the statement is the same for every size of a batch and is prepared once. In the order of the ids, so that
 * two processes that write the same calls do not block each other. The server parses no JSON.
 */
async function insertRows(db: Db, batch: CallLogBatch): Promise<number> {
  const { callers, routes, columns, lateBelow } = batch
  const ofCaller = (member: keyof BatchCaller, type: 'text' | 'uuid'): SQL =>
    sql`(${textArray(callers.map((one) => one[member]))}::${sql.raw(type)}[])[r.caller]`
  const ofRoute = (member: Exclude<keyof BatchRoute, 'attempts'>, type: string): SQL =>
    sql`(${textArray(routes.map((one) => one[member]))}::${sql.raw(type)}[])[r.path]`
  const result = await db.execute(sql`
    with caller as (
      insert into call_callers (id, day, identity, actor)
      select c.id, (now() at time zone 'utc')::date, c.identity, c.actor
      from unnest(${plainArray(callers.map(({ id }) => id))}::uuid[],
        ${textArray(callers.map(({ identity }) => identity))}::text[],
        ${textArray(callers.map(({ actor }) => actor))}::text[]) as c (id, identity, actor)
      order by c.id
      on conflict (id, day) do nothing
    ), answered as (
      select array_agg(coalesce(pinned.id, offered.operation_id, ${REMOVED_OPERATION_ID}) order by r.place) as ids
      from unnest(${textArray(routes.map(({ namespace }) => namespace))}::text[],
        ${textArray(routes.map(({ name }) => name))}::text[],
        ${plainArray(routes.map(({ spokeId }) => spokeId))}::text[])
        with ordinality as r (namespace, name, spoke_id, place)
      left join operations pinned on pinned.namespace = r.namespace and pinned.name = r.name
      left join lateral (
        select g.operation_id from operation_registrations g
        where pinned.id is null and g.provider_type = 'spoke' and g.provider_id = r.spoke_id
          and g.pre_remap_namespace = r.namespace and g.pre_remap_name = r.name
        limit 1
      ) offered on true
    )
    insert into call_log (id, started_at, ended_at, status, attempts, items, route_ms, queue_ms, execute_ms, total_ms,
      parent_id, caller_id, account_id, key_id, org_id, session_id, turn_id, attempt_of, spoke_id, instance_id,
      operation_id, operation_name, code, route, idempotency_key, input, output, error, metadata, late)
    select r.id, to_timestamp(r.started_ms / 1000), to_timestamp(r.ended_ms / 1000), ${ofRoute('status', 'call_status')},
      (${plainArray(routes.map(({ attempts }) => attempts))}::integer[])[r.path], r.items, r.route_ms, r.queue_ms,
      r.execute_ms, r.total_ms, r.parent_id, ${ofCaller('id', 'uuid')}, ${ofCaller('accountId', 'uuid')},
      ${ofCaller('keyId', 'uuid')}, ${ofCaller('orgId', 'uuid')}, ${ofCaller('sessionId', 'uuid')}, r.turn_id,
      r.attempt_of, ${ofRoute('spokeId', 'uuid')}, ${ofRoute('instanceId', 'uuid')}, answered.ids[r.path],
      ${ofRoute('operationName', 'text')}, ${ofRoute('code', 'text')}, ${ofRoute('route', 'text')},
      r.idempotency_key, r.input, r.output, r.error, r.metadata, nullif(r.id < ${lateBelow}::uuid, false)
    from unnest(${columns.id}::uuid[], ${columns.parent}::uuid[], ${columns.caller}::integer[],
      ${columns.path}::integer[], ${columns.turn}::uuid[], ${columns.attemptOf}::uuid[], ${columns.items}::integer[],
      ${columns.startedMs}::double precision[], ${columns.endedMs}::double precision[], ${columns.routeMs}::real[],
      ${columns.queueMs}::real[], ${columns.executeMs}::real[], ${columns.totalMs}::real[],
      ${columns.idempotencyKey}::text[], ${columns.input}::text[], ${columns.output}::text[], ${columns.error}::text[],
      ${columns.metadata}::text[]) as r (id, parent_id, caller, path, turn_id, attempt_of, items, started_ms,
      ended_ms, route_ms, queue_ms, execute_ms, total_ms, idempotency_key, input, output, error, metadata)
    cross join answered
    order by r.id
    on conflict (id) do nothing`)
  return result.count
}
