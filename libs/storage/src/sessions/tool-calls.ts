import { compact, must } from '@alkdev/std'
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { interval } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { toolCalls } from '../schema/sessions/tool-calls.ts'
import type { SessionClaim } from './claim-sessions.ts'
import { heldSession } from './in-turn.ts'
import { readToolCalls } from './messages.ts'
import type { OpenToolCall, ToolCallView } from './messages.ts'
import { appendSessionEvents } from './session-events.ts'

/** The tool calls of a turn, those of earlier steps first. */
export function readTurnToolCalls(db: Db, turnId: string): Promise<ToolCallView[]> {
  return readToolCalls(db, eq(toolCalls.turnId, turnId))
}

export function readToolCallsById(db: Db, ids: readonly string[]): Promise<ToolCallView[]> {
  return ids.length === 0 ? Promise.resolve([]) : readToolCalls(db, inArray(toolCalls.id, [...ids]))
}

/** What became of a change of a tool call: `lost`: another process has the session; `over`: the call has ended, or is not as it was. */
export type ToolCallChange = 'done' | 'lost' | 'over'

/**
 * Stores the call id of an attempt before the call is made. `over` when the tool call has ended, or another attempt of it runs: `from` is the call id
 * that the caller knows.
 */
export function dispatchToolCall(
  db: Db,
  claim: SessionClaim,
  toolCallId: string,
  {
    from,
    callId,
    timeoutMs,
  }: { readonly from: string | null; readonly callId: string; readonly timeoutMs: number },
): Promise<ToolCallChange> {
  const set = sql`status = 'dispatched', call_id = ${callId}, attempts = c.attempts + 1, dispatched_at = now(),
    deadline = now() + ${interval(timeoutMs)}`
  return changeToolCall(db, claim, toolCallId, set, sql`c.call_id is not distinct from ${from}`)
}

/** One statement, and so one round trip, that does what `inTurn` does for one tool call: locks the session under the claim, and stores the event with the change. */
function changeToolCall(
  db: Db,
  claim: SessionClaim,
  toolCallId: string,
  set: SQL,
  where: SQL = sql`true`,
): Promise<ToolCallChange> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      with ${heldSession(claim)},
      changed as (
        update tool_calls c set ${set}, updated_at = now() from held
        where c.id = ${toolCallId} and c.session_id = held.id and c.ended_at is null and ${where}
        returning c.session_id),
      numbered as (
        update sessions s set event_seq = s.event_seq + 1, progress_at = now(), last_activity_at = now(), updated_at = now()
        from changed where s.id = changed.session_id returning s.id, s.event_seq),
      event as (
        insert into session_events (session_id, seq, type, data)
        select n.id, n.event_seq, 'tool.changed', ${JSON.stringify({ toolCallId })} from numbered n)
      select (select count(*)::int from held) as held, (select count(*)::int from changed) as changed`)) as unknown as {
      held: number
      changed: number
    }[]
    const { held, changed } = must(row)
    if (changed > 0) return 'done'
    return held > 0 ? 'over' : 'lost'
  })
}

/** How a tool call ended. Texts are JSON. */
export interface ToolCallEnd {
  readonly status: 'done' | 'failed' | 'denied' | 'unknown' | 'cancelled'
  readonly output?: string | undefined
  readonly error?: string | undefined
}

/** Stores the end of a tool call, once. `db` may be a transaction of the turn. */
export function endToolCall(
  db: Db,
  claim: SessionClaim,
  toolCallId: string,
  { status, output, error }: ToolCallEnd,
): Promise<ToolCallChange> {
  const bytes = output === undefined ? null : Buffer.byteLength(output)
  const set = sql`status = ${status}, output = ${output ?? null}, output_bytes = ${bytes}::int, error = ${error ?? null}, ended_at = now()`
  return changeToolCall(db, claim, toolCallId, set)
}

/** The session of which the approval of a call is asked. */
export interface AskedSession {
  readonly sessionId: string
  /** Milliseconds since the epoch: then the next one is asked. */
  readonly until: number
  /** The message that asks it. */
  readonly messageId: string
}

/** The call waits for an approval, of a session or, without `asked`, of persons. In a transaction of the turn. */
export function holdToolCall(
  tx: Db,
  call: Pick<OpenToolCall, 'id' | 'sessionId'>,
  approvalId: string,
  asked?: AskedSession,
): Promise<void> {
  return wait(tx, call, { approvalId, metadata: compact({ asked }) })
}

/** The session of which the approval of a call is asked; undefined when persons are, and for a call that waits for none. */
export function askedSession({
  metadata,
}: Pick<OpenToolCall, 'metadata'>): AskedSession | undefined {
  return (metadata as { asked?: AskedSession }).asked
}

/** Sessions that a call waits for that is not dispatched, and until when (milliseconds since the epoch). */
export interface AwaitedSessions {
  readonly ids: readonly string[]
  readonly mode: 'any' | 'all'
  readonly until: number
}

/** The call waits for sessions. In a transaction of the turn. */
export function awaitSessions(
  tx: Db,
  call: Pick<OpenToolCall, 'id' | 'sessionId'>,
  awaited: AwaitedSessions,
): Promise<void> {
  return wait(tx, call, { metadata: { awaited } })
}

/** What a call waits for; undefined when it does not wait for sessions. */
export function awaitedSessions({
  metadata,
}: Pick<OpenToolCall, 'metadata'>): AwaitedSessions | undefined {
  return (metadata as { awaited?: AwaitedSessions }).awaited
}

/** The queued call that a call waits for that is not dispatched; undefined: time alone. And until when (milliseconds since the epoch). */
export interface AwaitedCall {
  readonly callId?: string | undefined
  readonly until: number
}

/** The call waits for a queued call, or for a time. In a transaction of the turn. */
export function awaitCall(
  tx: Db,
  call: Pick<OpenToolCall, 'id' | 'sessionId'>,
  { callId, until }: AwaitedCall,
): Promise<void> {
  return wait(tx, call, { metadata: { awaitedCall: { ...compact({ callId }), until } } })
}

/** What a call waits for; undefined when it waits for neither a queued call nor a time. */
export function awaitedCall({ metadata }: Pick<OpenToolCall, 'metadata'>): AwaitedCall | undefined {
  return (metadata as { awaitedCall?: AwaitedCall }).awaitedCall
}

async function wait(
  tx: Db,
  { id, sessionId }: Pick<OpenToolCall, 'id' | 'sessionId'>,
  set: { readonly approvalId?: string; readonly metadata: Readonly<Record<string, unknown>> },
): Promise<void> {
  await tx
    .update(toolCalls)
    .set({ status: 'waiting', ...set })
    .where(and(eq(toolCalls.id, id), isNull(toolCalls.endedAt)))
  await appendSessionEvents(tx, sessionId, [{ type: 'tool.changed', data: { toolCallId: id } }])
}

/** Empties outputs of calls that ended more than `endedMs` milliseconds ago, at most `limit`; gives how many. */
export function pruneToolOutputs(
  db: Db,
  { endedMs, limit }: { readonly endedMs: number; readonly limit: number },
): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      update tool_calls set output = null where id in (
        select id from tool_calls where output is not null and ended_at < now() - ${endedMs / 1000}::double precision * interval '1 second'
        order by ended_at limit ${limit}::int) returning id`)
    return rows.length
  })
}
