import type { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { storageError } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { REMOVED_OPERATION_ID } from '../schema/spokes/operations.ts'
import type { CallRecord } from './call-record.ts'
import { redact } from './redact.ts'
import { storedPayload } from './stored-payload.ts'

/** Rows of one statement; longer lists are written in several. */
const BATCH = 500

export interface InsertedCalls {
  /** Rows written; a call that had one already has none written. */
  readonly inserted: number
  /** Records that the database would not take by themselves. The others are stored. */
  readonly rejected: readonly { readonly callId: string; readonly error: CodedError }[]
}

/**
 * Writes calls that have ended and their `triggered` edges. For a call id the first row wins. Payloads are redacted and cut
 * here. Accounts, sessions and spokes that are no more become null, unknown operations `__removed__`. Throws UNAVAILABLE
 * when the database cannot be reached: nothing of the current batch is stored then, and the list may be given again.
 *
 * Not to be called inside a transaction: an edge is written by whoever comes second of caller and called, and they may be
 * in different processes; each sees the other's row only once that is committed.
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
  for (const record of records) if (!byId.has(record.callId)) byId.set(record.callId, record)
  return [...byId.values()]
}

async function insertBatch(
  db: Db,
  records: readonly CallRecord[],
  rejected: { callId: string; error: CodedError }[],
): Promise<number> {
  try {
    const inserted = await insertNodes(db, records)
    await insertTriggeredEdges(db, records)
    return inserted
  } catch (thrown) {
    const error = storageError(thrown)
    const isData = error.code === 'VALIDATION_ERROR' || error.code === 'CONFLICT'
    const [first] = records
    if (!isData || first === undefined) throw error
    if (records.length === 1) {
      rejected.push({ callId: first.callId, error })
      return 0
    }
    // One bad record must not cost the others: halve until it stands alone.
    const middle = Math.ceil(records.length / 2)
    const left = await insertBatch(db, records.slice(0, middle), rejected)
    return left + (await insertBatch(db, records.slice(middle), rejected))
  }
}

async function insertNodes(db: Db, records: readonly CallRecord[]): Promise<number> {
  // One parameter, so that the statement is the same for every size of a batch and is prepared once. In the order of the
  // ids, so that two processes that write the same calls do not block each other.
  const rows = await db.execute(sql`
    insert into call_graph_nodes (id, request_id, operation_id, operation_name, parent_request_id, identity,
      caller_account_id, session_id, actor, status, code, input, output, error, attempts, spoke_id, instance_id, route,
      items, started_at, completed_at, route_ms, queue_ms, execute_ms, total_ms, metadata)
    select r.id, r.request_id, coalesce(pinned.id, offered.operation_id, ${REMOVED_OPERATION_ID}), r.operation_name,
      r.parent_request_id, r.identity, account.id, session.id, r.actor, r.status, r.code, r.input, r.output, r.error,
      r.attempts, spoke.id, r.instance_id, r.route, r.items, to_timestamp(r.started_ms / 1000),
      to_timestamp(r.ended_ms / 1000), r.route_ms, r.queue_ms, r.execute_ms, r.total_ms, r.metadata
    from jsonb_to_recordset(${JSON.stringify(records.map(toRow))}::jsonb) as r (id text, request_id text, namespace text,
      name text, operation_name text, parent_request_id text, identity jsonb, account_id text, session_id text,
      actor jsonb, status call_status, code text, input jsonb, output jsonb, error jsonb, attempts integer,
      spoke_id text, instance_id text, route text, items integer, started_ms double precision,
      ended_ms double precision, route_ms double precision, queue_ms double precision, execute_ms double precision,
      total_ms double precision, metadata jsonb)
    left join operations pinned on pinned.namespace = r.namespace and pinned.name = r.name
    left join lateral (
      select g.operation_id from operation_registrations g
      where pinned.id is null and g.provider_type = 'spoke' and g.provider_id = r.spoke_id
        and g.pre_remap_namespace = r.namespace and g.pre_remap_name = r.name
      limit 1
    ) offered on true
    left join accounts account on account.id = r.account_id
    left join sessions session on session.id = r.session_id
    left join spokes spoke on spoke.id = r.spoke_id
    order by r.request_id
    on conflict (request_id) do nothing
    returning id`)
  return rows.length
}

async function insertTriggeredEdges(db: Db, records: readonly CallRecord[]): Promise<void> {
  const ids = records.map((record) => record.callId)
  await db.execute(sql`
    insert into call_graph_edges (id, source_id, target_id, edge_type)
    select uuidv7_text(), caller.id, called.id, 'triggered'
    from (
      select id, parent_request_id from call_graph_nodes
      where request_id = any(${sql.param(ids)}::text[]) and parent_request_id is not null
      union
      select id, parent_request_id from call_graph_nodes where parent_request_id = any(${sql.param(ids)}::text[])
    ) called
    join call_graph_nodes caller on caller.request_id = called.parent_request_id
    where caller.id <> called.id
    on conflict (source_id, target_id, edge_type) do nothing`)
}

function toRow(record: CallRecord): unknown {
  const dot = record.operationId.lastIndexOf('.')
  const { receipt, local, orphaned, idempotencyKey, traceparent, timing } = record
  return {
    id: uuidv7(),
    request_id: record.callId,
    namespace: record.operationId.slice(0, Math.max(0, dot)),
    name: record.operationId.slice(dot + 1),
    operation_name: text(record.operationId),
    parent_request_id: record.parentCallId,
    identity: redact(record.principal).value,
    account_id: record.principal.id,
    session_id: record.principal.sessionId,
    actor: redact(record.actor).value,
    status: record.status,
    code: text(record.code),
    input: storedPayload(record.input),
    output: storedPayload(record.output),
    error: storedPayload(record.error),
    attempts: record.attempts,
    spoke_id: record.spokeId,
    instance_id: record.instanceId,
    route: text(record.route),
    items: record.items,
    started_ms: record.startedAtMs,
    ended_ms: record.endedAtMs,
    route_ms: timing?.routeMs,
    queue_ms: timing?.queueMs,
    execute_ms: timing?.executeMs,
    total_ms: timing?.totalMs ?? record.endedAtMs - record.startedAtMs,
    metadata: storedPayload({
      ...(record.metadata !== undefined && { caller: record.metadata }),
      receipt,
      local,
      orphaned,
      idempotencyKey,
      traceparent,
    }),
  }
}

function text(value: string | undefined): unknown {
  return value === undefined ? undefined : redact(value, 2048).value
}
