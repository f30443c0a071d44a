import { sql } from 'drizzle-orm'
import { withdrawApprovalsOfSubjects } from '../approvals/end-approval.ts'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import type { EndReason, WaitKind } from '../schema/sessions/families.ts'
import type { LockedSession } from './in-turn.ts'
import { appendEventsOf } from './session-events.ts'
import type { NewSessionEvent } from './session-events.ts'
import { fireWaits, TURN_SUBJECT, workStatus } from './turn-lifecycle.ts'

/** How a turn ends. */
export interface TurnEnd {
  readonly reason: EndReason
  /** JSON. */
  readonly error?: string | undefined
  /** What the session then waits for; for a turn whose rights were revoked. */
  readonly waitingOn?: WaitKind | undefined
}

/** What the end of a turn changed beside it. */
export interface EndedTurn {
  readonly withdrawn: readonly ApprovalRow[]
  /** Another message waits: the session is due. */
  readonly isDue: boolean
  /** Sessions that waited for this one: they are to be woken once it is committed. */
  readonly woken: readonly string[]
  /** Call ids of its tool calls that may run at providers: of a process that is gone. They are to be aborted. */
  readonly callIds: readonly string[]
}

/** What the end of several turns changed. */
type EndedTurns = Omit<EndedTurn, 'isDue'> & {
  /** Sessions for which another message waits. */
  readonly due: ReadonlySet<string>
}

/** A session, and its turn. */
interface OpenTurn {
  readonly sessionId: string
  readonly turnId: string
}

/**
 * Ends a turn: its unfinished tool calls are cancelled, its approvals withdrawn, the steer messages that it did not get are refused or start the
 * next turn. The session then takes prompts again. In a transaction of the turn, or of a lock of a session that no process works on.
 */
export async function endTurn(
  tx: Db,
  session: Pick<LockedSession, 'id'>,
  turnId: string,
  end: TurnEnd,
): Promise<EndedTurn> {
  const { due, ...ended } = await endTurns(tx, [{ sessionId: session.id, turnId }], end)
  return { ...ended, isDue: due.has(session.id) }
}

/** The same for the turns of several sessions that are locked, in as many statements as for one. */
export async function endTurns(
  tx: Db,
  open: readonly OpenTurn[],
  end: TurnEnd,
): Promise<EndedTurns> {
  if (open.length === 0) return { withdrawn: [], due: new Set(), woken: [], callIds: [] }
  const { reason, error } = end
  const events = new Map<string, NewSessionEvent[]>(
    open.map(({ sessionId }) => [sessionId, [] as NewSessionEvent[]]),
  )
  const add = (sessionId: string, event: NewSessionEvent): void =>
    void events.get(sessionId)?.push(event)
  const turnIds = open.map(({ turnId }) => turnId)
  const sessionIds = open.map(({ sessionId }) => sessionId)
  const ended = await endWork(tx, { turnIds, sessionIds, end })
  for (const one of ended) add(one.sessionId, eventOf(one, reason))
  const withdrawn = await withdrawApprovalsOfSubjects(tx, TURN_SUBJECT, turnIds)
  const due = await settle(tx, sessionIds, end)
  const failure = error === undefined ? {} : { error: JSON.parse(error) as unknown }
  for (const { sessionId, turnId } of open) {
    add(sessionId, { type: 'turn.ended', data: { turnId, reason, ...failure } })
    add(sessionId, { type: 'session.changed', data: {} })
  }
  await appendEventsOf(tx, events)
  const rest = sessionIds.filter((id) => !due.has(id))
  const callIds = ended.flatMap(({ callId }) => callId ?? [])
  return { withdrawn, due, woken: await fireWaits(tx, 'child', rest), callIds }
}

/** The error of a tool call that the end of its turn cancelled. */
const CANCELLED = JSON.stringify({ code: 'ABORTED', message: 'The turn ended before this call.' })
/** The same, of one that was made: its effect may be there. */
const CUT_OFF = JSON.stringify({
  code: 'ABORTED',
  message: 'The turn ended while this call ran.',
  details: { outcome: 'unknown' },
})

/** Something that ended with its turn. */
interface Ended {
  readonly kind: 'call' | 'step' | 'answered' | 'late'
  readonly sessionId: string
  readonly id: string
  readonly turnId: string | null
  /** Of a call that may run at a provider. */
  readonly callId: string | null
}

/** Ends the turns with their steps, tool calls, waits and messages, in one statement. Gives what changed, in the order of its events. */
function endWork(
  tx: Db,
  {
    turnIds,
    sessionIds,
    end: { reason, error },
  }: { turnIds: readonly string[]; sessionIds: readonly string[]; end: TurnEnd },
): Promise<readonly Ended[]> {
  const ids = textArray(turnIds)
  return coded(
    async () =>
      (await tx.execute(sql`
    with cancelled as (
      update tool_calls set status = 'cancelled', ended_at = now(), updated_at = now(),
        error = case status when 'dispatched' then ${CUT_OFF} else ${CANCELLED} end
      where turn_id = any(${ids}) and ended_at is null
      returning id, session_id, turn_id, case error when ${CUT_OFF} then call_id end as call_id),
    dropped as (
      update turn_steps set status = 'dropped', reason = ${reason}::end_reason, ended_at = now(), updated_at = now()
      where turn_id = any(${ids}) and status = 'running' returning id, session_id, turn_id),
    ended as (
      update turns set status = 'ended', reason = ${reason}::end_reason, error = ${error ?? null}, ended_at = now(), updated_at = now()
      where id = any(${ids})),
    gone as (delete from turn_waits where turn_id = any(${ids})),
    answered as (
      update messages set delivery = 'answered', updated_at = now()
      where ${reason === 'completed'} and turn_id = any(${ids}) and delivery = 'delivered' returning id, session_id, turn_id),
    late as (
      update messages set delivery = 'refused', refusal = 'turn-over', updated_at = now()
      where session_id = any(${textArray(sessionIds)}) and delivery = 'accepted' and mode = 'steer' and not fallback_queue
      returning id, session_id, turn_id)
    select kind, id, session_id as "sessionId", turn_id as "turnId", call_id as "callId" from (
      select 1 as nr, 'call' as kind, * from cancelled union all select 2, 'step', d.*, null from dropped d
      union all select 3, 'answered', a.*, null from answered a union all select 4, 'late', l.*, null from late l) e
    order by nr, id`)) as unknown as readonly Ended[],
  )
}

function eventOf({ kind, id, turnId }: Ended, reason: EndReason): NewSessionEvent {
  switch (kind) {
    case 'call':
      return { type: 'tool.changed', data: { toolCallId: id } }
    case 'step':
      return { type: 'step.reset', data: { stepId: id, reason } }
    case 'answered':
      return { type: 'message.answered', data: { messageId: id, turnId } }
    default:
      return { type: 'message.refused', data: { messageId: id, reason: 'turn-over' } }
  }
}

/**
 * Gives the sessions back: due when another message waits, final when their work is finished (`workStatus`), else ready for prompts. Gives those that
 * are due.
 */
function settle(
  tx: Db,
  sessionIds: readonly string[],
  { reason, waitingOn }: TurnEnd,
): Promise<ReadonlySet<string>> {
  return coded(async () => {
    const rows = (await tx.execute(sql`
      update sessions s set
        status = (case when ${waitingOn !== undefined} then 'waiting' when x.due then 'queued' else x.rest end)::session_status,
        waiting_on = ${waitingOn ?? null}::wait_kind, state_since = now(), end_reason = ${reason}::end_reason, turn_id = null,
        worker_instance_id = null, lease_until = null, wake_at = case when x.due then now() end,
        abort_requested_at = null, abort_reason = null, updated_at = now()
      from (
        select u.id, ${workStatus(sql`u.id`)} as rest, ${waitingOn === undefined} and exists (
          select from messages m where m.session_id = u.id and m.delivery = 'accepted') as due
        from unnest(${textArray(sessionIds)}) as u(id)) x
      where s.id = x.id
      returning s.id, x.due as "isDue"`)) as unknown as { id: string; isDue: boolean }[]
    return new Set(rows.flatMap(({ id, isDue }) => (isDue ? [id] : [])))
  })
}
