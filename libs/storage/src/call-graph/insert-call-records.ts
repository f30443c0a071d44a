import type { CallRecord } from '@alkdev/contracts'
import type { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { storageError } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { REMOVED_OPERATION_ID } from '../schema/spokes/operations.ts'
import { isPlain, redact } from './redact.ts'
import { storedPayload } from './stored-payload.ts'

/** Rows of one statement; longer lists are written in several. */
const BATCH = 500
/** Characters of a name, a route or a code. */
const SHORT = 2048

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
    const inserted = await insertNodes(db, records)
    await insertTriggeredEdges(db, records)
    return inserted
  } catch (thrown) {
    const error = storageError(thrown)
    const isData = error.code === 'VALIDATION_ERROR' || error.code === 'CONFLICT'
    const [first] = records
    if (!isData || first === undefined) throw error
    if (records.length === 1) {
      rejected.push({ callId: first.header.callId, error })
      return 0
    }
    // One bad record must not cost the others: halve until it stands alone.
    const middle = Math.ceil(records.length / 2)
    const left = await insertBatch(db, records.slice(0, middle), rejected)
    return left + (await insertBatch(db, records.slice(middle), rejected))
  }
}

async function insertNodes(db: Db, records: readonly CallRecord[]): Promise<number> {
  const shared = new SharedJson()
  const rows = records.map((record) => rowJson(record, shared)).join(',')
  // Two parameters, so that the statement is the same for every size of a batch and is prepared once. In the order of the
  // ids, so that two processes that write the same calls do not block each other.
  const result = await db.execute(sql`
    with shared as (
      select array_agg(value order by place) as json
      from jsonb_array_elements(${shared.list()}::jsonb) with ordinality as each (value, place)
    )
    insert into call_graph_nodes (id, request_id, operation_id, operation_name, parent_request_id, identity,
      caller_account_id, session_id, actor, status, code, input, output, error, attempts, spoke_id, instance_id, route,
      items, started_at, completed_at, route_ms, queue_ms, execute_ms, total_ms, metadata)
    select r.id, r.request_id, coalesce(pinned.id, offered.operation_id, ${REMOVED_OPERATION_ID}), r.operation_name,
      r.parent_request_id, shared.json[r.identity], account.id, session.id, shared.json[r.actor], r.status, r.code,
      r.input, r.output, r.error, r.attempts, spoke.id, r.instance_id, r.route, r.items,
      to_timestamp(r.started_ms / 1000), to_timestamp(r.ended_ms / 1000), r.route_ms, r.queue_ms, r.execute_ms,
      r.total_ms, shared.json[r.metadata]
    from json_to_recordset(${`[${rows}]`}::json) as r (id text, request_id text, namespace text,
      name text, operation_name text, parent_request_id text, identity integer, account_id text, session_id text,
      actor integer, status call_status, code text, input jsonb, output jsonb, error jsonb, attempts integer,
      spoke_id text, instance_id text, route text, items integer, started_ms double precision,
      ended_ms double precision, route_ms double precision, queue_ms double precision, execute_ms double precision,
      total_ms double precision, metadata integer)
    cross join shared
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
    on conflict (request_id) do nothing`)
  return result.count
}

/** Each call once by what made it and once by what it made, as either may be written first. */
async function insertTriggeredEdges(db: Db, records: readonly CallRecord[]): Promise<void> {
  const ids = records.map(({ header }) => header.callId)
  const parents = records.map(({ header }) => header.parentCallId ?? null)
  // `offset 0` keeps the look-ups by index: left to itself the planner reads the whole call graph for every batch.
  await db.execute(sql`
    insert into call_graph_edges (id, source_id, target_id, edge_type)
    select uuidv7_text(), edge.source_id, edge.target_id, 'triggered'
    from unnest(${sql.param(ids)}::text[], ${sql.param(parents)}::text[]) as r (request_id, parent_request_id)
    cross join lateral (
      (select caller.id as source_id, called.id as target_id
        from call_graph_nodes called, call_graph_nodes caller
        where r.parent_request_id is not null
          and called.request_id = r.request_id and caller.request_id = r.parent_request_id
        offset 0)
      union all
      (select caller.id, called.id
        from call_graph_nodes called, call_graph_nodes caller
        where called.parent_request_id = r.request_id and caller.request_id = r.request_id
        offset 0)
    ) edge
    where edge.source_id <> edge.target_id
    on conflict (source_id, target_id, edge_type) do nothing`)
}

/** What many rows of a batch have in common, sent once. */
class SharedJson {
  readonly #places = new Map<string, number>()

  /** The place of a JSON text in the list, from 1. */
  place(json: string): number {
    let place = this.#places.get(json)
    if (place === undefined) this.#places.set(json, (place = this.#places.size + 1))
    return place
  }

  list(): string {
    return `[${[...this.#places.keys()].join(',')}]`
  }
}

/** The row as JSON. Payloads are JSON already, so that they are written once; the database checks all of it. */
function rowJson(record: CallRecord, shared: SharedJson): string {
  const { header, receipt, local, orphaned, timing } = record
  const { callId, operationId, parentCallId, principal, idempotencyKey, traceparent } = header
  const dot = operationId.lastIndexOf('.')
  const metadata = storedPayload({
    ...(header.metadata !== undefined && { caller: header.metadata }),
    receipt,
    local,
    orphaned,
    idempotencyKey,
    traceparent,
  })
  const scalars = JSON.stringify({
    id: uuidv7(),
    request_id: callId,
    namespace: operationId.slice(0, Math.max(0, dot)),
    name: operationId.slice(dot + 1),
    operation_name: text(operationId),
    parent_request_id: parentCallId,
    identity: shared.place(redactedJson(principal)),
    account_id: principal.id,
    session_id: principal.sessionId,
    actor: shared.place(redactedJson(header.actor)),
    status: record.status,
    code: text(record.code),
    attempts: record.attempts,
    spoke_id: record.spokeId,
    instance_id: record.instanceId,
    route: text(record.route),
    items: record.items,
    started_ms: record.startedAtMs,
    ended_ms: record.endedAtMs,
    route_ms: rounded(timing?.routeMs),
    queue_ms: rounded(timing?.queueMs),
    execute_ms: rounded(timing?.executeMs),
    total_ms: rounded(timing?.totalMs ?? record.endedAtMs - record.startedAtMs),
    metadata: metadata === undefined ? undefined : shared.place(metadata),
  })
  return (
    scalars.slice(0, -1) +
    member('input', header.input) +
    member('output', record.output) +
    member('error', record.error) +
    '}'
  )
}

function member(name: string, payload: unknown): string {
  const json = payload === undefined ? undefined : storedPayload(payload)
  return json === undefined ? '' : `,"${name}":${json}`
}

/** Identities and actors are the same objects for many calls. */
const redactedJsons = new WeakMap<object, string>()

function redactedJson(value: object): string {
  let json = redactedJsons.get(value)
  if (json === undefined) {
    json = JSON.stringify(isPlain(value, SHORT) ? value : redact(value).value)
    redactedJsons.set(value, json)
  }
  return json
}

function text(value: string | undefined): unknown {
  return value === undefined || isPlain(value, SHORT) ? value : redact(value, SHORT).value
}

/** Milliseconds to the microsecond. */
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1000) / 1000
}
