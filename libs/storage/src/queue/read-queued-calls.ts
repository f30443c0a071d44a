import type { CallFailure } from '@alkdev/contracts'
import type { ResponseEnvelope } from '@alkdev/operations'
import { and, eq, getTableColumns, gte, lt, sql } from 'drizzle-orm'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import type { QueuedCallStatus } from '../schema/calls/families.ts'
import { queuedCallResults } from '../schema/calls/queued-call-results.ts'
import { queuedCalls } from '../schema/calls/queued-calls.ts'
import type { QueuedCallRow } from '../schema/calls/queued-calls.ts'
import { isDeadLetter } from './dead-letters.ts'

/** A queued call and, once it has ended, its result. */
export interface QueuedCall extends Omit<QueuedCallRow, 'lastError'> {
  readonly envelope: ResponseEnvelope | undefined
  /** How it ended, or why its latest attempt ended while another one is planned. */
  readonly error: CallFailure | undefined
}

/** One queued call; undefined when there is none. The case of the id does not count, as in the call log. */
export async function getQueuedCall(db: Db, id: string): Promise<QueuedCall | undefined> {
  return (await getQueuedCalls(db, [id]))[0]
}

/** Those of the queued calls that exist, in any order. The case of the ids does not count. */
export function getQueuedCalls(db: Db, ids: readonly string[]): Promise<QueuedCall[]> {
  return coded(async () => {
    const lowered = ids.map((id) => id.toLowerCase())
    const rows = await db
      .select({
        call: getTableColumns(queuedCalls),
        envelope: queuedCallResults.envelope,
        error: queuedCallResults.error,
      })
      .from(queuedCalls)
      .leftJoin(queuedCallResults, eq(queuedCallResults.callId, queuedCalls.id))
      .where(sql`${queuedCalls.id} = any(${textArray(lowered)})`)
    return rows.map((row) => {
      const { lastError, ...call } = row.call
      return {
        ...call,
        envelope: parsed(row.envelope) as ResponseEnvelope | undefined,
        error: parsed(row.error ?? lastError) as CallFailure | undefined,
      }
    })
  })
}

export interface ListQueuedCalls extends PageRequest {
  readonly accountId: string
  readonly status?: QueuedCallStatus | undefined
  readonly operationName?: string | undefined
  /** Only dead letters. */
  readonly dead?: boolean | undefined
  /** Only calls whose error has this code. */
  readonly code?: string | undefined
  /** Only calls with this idempotency key. */
  readonly idempotencyKey?: string | undefined
  /** Accepted at or after, and before. */
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

/** A queued call in a list: without its input and its output. */
export interface QueuedCallSummary extends Pick<
  QueuedCallRow,
  | 'id'
  | 'operationName'
  | 'status'
  | 'accountId'
  | 'attempts'
  | 'maxAttempts'
  | 'priority'
  | 'notBefore'
  | 'expiresAt'
  | 'createdAt'
  | 'startedAt'
  | 'endedAt'
  | 'repeatedAs'
  | 'metadata'
> {
  readonly error: CallFailure | undefined
}

/** Queued calls of an account, the newest first. */
export function listQueuedCalls(
  db: Db,
  request: ListQueuedCalls,
): Promise<Page<QueuedCallSummary>> {
  return coded(async () => {
    const { limit: _limit, cursor: _cursor, ...filters } = request
    const keyset = new Keyset([queuedCalls.id], 'desc', ['queued calls', filters])
    const rows = await db
      .select({
        id: queuedCalls.id,
        operationName: queuedCalls.operationName,
        status: queuedCalls.status,
        accountId: queuedCalls.accountId,
        attempts: queuedCalls.attempts,
        maxAttempts: queuedCalls.maxAttempts,
        priority: queuedCalls.priority,
        notBefore: queuedCalls.notBefore,
        expiresAt: queuedCalls.expiresAt,
        createdAt: queuedCalls.createdAt,
        startedAt: queuedCalls.startedAt,
        endedAt: queuedCalls.endedAt,
        repeatedAs: queuedCalls.repeatedAs,
        metadata: queuedCalls.metadata,
        lastError: queuedCalls.lastError,
        error: queuedCallResults.error,
      })
      .from(queuedCalls)
      .leftJoin(queuedCallResults, eq(queuedCallResults.callId, queuedCalls.id))
      .where(and(...conditions(request), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    const items = rows.map(({ lastError, error, ...row }) => ({
      ...row,
      error: parsed(error ?? lastError) as CallFailure | undefined,
    }))
    return keyset.page(items, request, (row) => [row.id])
  })
}

/** How many queued calls the filters of a list find. */
export function countQueuedCalls(
  db: Db,
  request: Omit<ListQueuedCalls, keyof PageRequest>,
): Promise<number> {
  return coded(async () => {
    const [row] = await db
      .select({ count: sql<number>`count(*)::int` })
      .from(queuedCalls)
      .leftJoin(queuedCallResults, eq(queuedCallResults.callId, queuedCalls.id))
      .where(and(...conditions(request)))
    return row?.count ?? 0
  })
}

function conditions({
  accountId,
  status,
  operationName,
  dead,
  code,
  idempotencyKey,
  since,
  until,
}: Omit<ListQueuedCalls, keyof PageRequest>) {
  return [
    eq(queuedCalls.accountId, accountId),
    status === undefined ? undefined : eq(queuedCalls.status, status),
    operationName === undefined ? undefined : eq(queuedCalls.operationName, operationName),
    dead === true ? isDeadLetter : undefined,
    idempotencyKey === undefined ? undefined : eq(queuedCalls.idempotencyKey, idempotencyKey),
    since === undefined ? undefined : gte(queuedCalls.createdAt, since),
    until === undefined ? undefined : lt(queuedCalls.createdAt, until),
    code === undefined
      ? undefined
      : // Not every error is valid jsonb, and the code is its first member.
        sql`starts_with(coalesce(${queuedCallResults.error}, ${queuedCalls.lastError}), ${`{"code":${JSON.stringify(code)},`})`,
  ]
}

/** Those of the calls that have ended. */
export function findEndedQueuedCalls(db: Db, ids: readonly string[]): Promise<string[]> {
  return coded(async () => {
    const rows = await db
      .select({ id: queuedCalls.id })
      .from(queuedCalls)
      .where(
        sql`${queuedCalls.id} = any(${sql.param([...ids])}::text[]) and ${queuedCalls.endedAt} is not null`,
      )
    return rows.map(({ id }) => id)
  })
}

/** Those of the calls that have not ended. One that is not kept any more is not among them. */
export function findOpenQueuedCalls(db: Db, ids: readonly string[]): Promise<string[]> {
  return coded(async () => {
    const rows = await db
      .select({ id: queuedCalls.id })
      .from(queuedCalls)
      .where(
        sql`${queuedCalls.id} = any(${sql.param([...ids])}::text[]) and ${queuedCalls.endedAt} is null`,
      )
    return rows.map(({ id }) => id)
  })
}

export interface QueueState {
  /** Calls that are due and not claimed. */
  readonly due: number
  readonly running: number
  /** Milliseconds for which the oldest of them has been due; 0 when there is none. */
  readonly oldestDueMs: number
}

/** How much waits and runs, by the clock of the database. Counts 10 000 due calls at most. */
export function readQueueState(db: Db): Promise<QueueState> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select
        (select count(*)::int from (
          select 1 from queued_calls where status = 'accepted' and not_before <= now() order by not_before limit 10000) d) as due,
        (select count(*)::int from queued_calls where status = 'running') as running,
        coalesce((select extract(epoch from now() - not_before)::double precision * 1000 from queued_calls
          where status = 'accepted' and not_before <= now() order by not_before limit 1), 0) as "oldestDueMs"`)) as unknown as QueueState[]
    return row ?? { due: 0, running: 0, oldestDueMs: 0 }
  })
}

/** Milliseconds until the next waiting call is due, by the clock of the database; undefined when none waits that is not due yet. */
export function readNextDueMs(db: Db): Promise<number | undefined> {
  return coded(async () => {
    const [row] = await db.execute<{ ms: number }>(sql`
      select extract(epoch from not_before - now())::double precision * 1000 as ms from queued_calls
      where status = 'accepted' and not_before > now() order by not_before limit 1`)
    return row?.ms
  })
}

/**
 * Deletes calls that ended before: dead letters after `deadMs`, all others after `endedMs` milliseconds. At most `limit`; gives how many.
 * Results go with their calls.
 */
export function pruneQueuedCalls(
  db: Db,
  {
    endedMs,
    deadMs,
    limit,
  }: { readonly endedMs: number; readonly deadMs: number; readonly limit: number },
): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from queued_calls where id in (
        select id from queued_calls
        where ended_at < now() - ${Math.min(endedMs, deadMs) / 1000}::double precision * interval '1 second'
          and ended_at < now() - (case when ${isDeadLetter} then ${deadMs}::double precision
            else ${endedMs}::double precision end) / 1000 * interval '1 second'
          and not exists (select from workflow_runs r where r.id = queued_calls.parent_request_id and r.ended_at is null)
        order by ended_at limit ${limit}::int)
      returning id`)
    return rows.length
  })
}

function parsed(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text)
}
