import { WORKFLOW_RUN, workflowRunOf } from '@alkdev/contracts'
import { compact, must, uuidv7 } from '@alkdev/std'
import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { withdrawApprovals } from '../approvals/end-approval.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import { mappings } from '../schema/coordination/mappings.ts'
import type { EndReason, WaitKind } from '../schema/sessions/families.ts'
import { messages } from '../schema/sessions/messages.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import { toolCalls } from '../schema/sessions/tool-calls.ts'
import { turnSteps } from '../schema/sessions/turn-steps.ts'
import { turnWaits } from '../schema/sessions/turn-waits.ts'
import { turns } from '../schema/sessions/turns.ts'
import type { TurnRow } from '../schema/sessions/turns.ts'
import type { LockedSession } from './in-turn.ts'
import { OWN_GRANT } from './messages.ts'
import type { NewSessionEvent } from './session-events.ts'
import { appendSessionEvents } from './session-events.ts'
import { deliver } from './steers.ts'
import { withWorked } from './turn-work.ts'

/** The subject type of approvals of tool calls; the subject id is that of the turn. */
export const TURN_SUBJECT = 'turn'

export function getTurn(db: Db, turnId: string): Promise<TurnRow | undefined> {
  return coded(async () => (await db.select().from(turns).where(eq(turns.id, turnId)))[0])
}

/**
 * Starts the turn of the oldest message that waits for one; undefined when none does. A message whose grant was deleted with its key is refused: it never
 * gets the rights of the session instead. In a transaction of the turn.
 */
export async function beginTurn(tx: Db, session: LockedSession): Promise<TurnRow | undefined> {
  const lost = await tx
    .update(messages)
    .set({ delivery: 'refused', refusal: 'grant' })
    .where(
      and(
        eq(messages.sessionId, session.id),
        eq(messages.delivery, 'accepted'),
        isNull(messages.grantId),
        sql`${messages.metadata} @> ${JSON.stringify(OWN_GRANT)}::jsonb`,
      ),
    )
    .returning({ id: messages.id })
  await appendSessionEvents(
    tx,
    session.id,
    lost.map(({ id }) => ({ type: 'message.refused', data: { messageId: id, reason: 'grant' } })),
  )
  const [message] = await tx
    .select()
    .from(messages)
    .where(
      and(
        eq(messages.sessionId, session.id),
        eq(messages.delivery, 'accepted'),
        sql`(${messages.mode} <> 'steer' or ${messages.fallbackQueue})`,
      ),
    )
    .orderBy(sql`(${messages.mode} = 'interrupt') desc`, asc(messages.seq))
    .limit(1)
  if (message === undefined) return undefined
  const [made] = await tx
    .insert(turns)
    .values({
      id: uuidv7(),
      sessionId: session.id,
      messageId: message.id,
      status: 'running',
      grantId: message.grantId ?? session.grantId,
      metadata: compact({ [WORKFLOW_RUN]: workflowRunOf(message.metadata) }),
      startedAt: sql`now()`,
    })
    .returning()
  const turn = must(made)
  await deliver(tx, session.id, message, turn.id, 1)
  await tx
    .update(sessions)
    .set({ turnId: turn.id, endReason: null, stopReason: null })
    .where(eq(sessions.id, session.id))
  await appendSessionEvents(tx, session.id, [
    { type: 'turn.started', data: { turnId: turn.id, messageId: message.id } },
    { type: 'message.delivered', data: { messageId: message.id, turnId: turn.id, step: 1 } },
  ])
  return turn
}

/**
 * Gives back a session for which no message waits; one whose work is finished or was aborted is final again. In a transaction of the turn.
 */
export async function settleIdle(tx: Db, sessionId: string): Promise<void> {
  const settled = await statusAfterWork(tx, sessionId)
  await tx
    .update(sessions)
    .set({
      status: sql`case when ${sessions.abortId} is null then ${settled} else 'aborted' end::session_status`,
      stateSince: sql`now()`,
      workerInstanceId: null,
      leaseUntil: null,
      wakeAt: null,
    })
    .where(eq(sessions.id, sessionId))
  await appendSessionEvents(tx, sessionId, [{ type: 'session.changed', data: {} }])
}

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

/**
 * Ends a turn: its unfinished tool calls are cancelled, its approvals withdrawn, the steer messages that it did not get are refused or start the
 * next turn. The session then takes prompts again. In a transaction of the turn, or of a lock of a session that no process works on.
 */
export async function endTurn(
  tx: Db,
  session: LockedSession,
  turnId: string,
  { reason, error, waitingOn }: TurnEnd,
): Promise<EndedTurn> {
  const events: NewSessionEvent[] = []
  const cancelled = await tx
    .update(toolCalls)
    .set({
      status: 'cancelled',
      endedAt: sql`now()`,
      error: sql`case ${toolCalls.status} when 'dispatched' then ${CUT_OFF} else ${CANCELLED} end`,
    })
    .where(and(eq(toolCalls.turnId, turnId), isNull(toolCalls.endedAt)))
    .returning({ id: toolCalls.id, callId: toolCalls.callId, error: toolCalls.error })
  for (const { id } of cancelled) events.push({ type: 'tool.changed', data: { toolCallId: id } })
  const callIds = cancelled.flatMap(({ callId, error: how }) =>
    callId === null || how !== CUT_OFF ? [] : [callId],
  )
  const dropped = await tx
    .update(turnSteps)
    .set({ status: 'dropped', reason, endedAt: sql`now()` })
    .where(and(eq(turnSteps.turnId, turnId), eq(turnSteps.status, 'running')))
    .returning({ id: turnSteps.id })
  for (const { id } of dropped) events.push({ type: 'step.reset', data: { stepId: id, reason } })
  const withdrawn = await withdrawApprovals(tx, { type: TURN_SUBJECT, id: turnId })
  await tx.delete(turnWaits).where(eq(turnWaits.turnId, turnId))
  await tx
    .update(turns)
    .set({ status: 'ended', reason, error: error ?? null, endedAt: sql`now()` })
    .where(eq(turns.id, turnId))
  if (reason === 'completed') {
    const answered = await tx
      .update(messages)
      .set({ delivery: 'answered' })
      .where(and(eq(messages.turnId, turnId), eq(messages.delivery, 'delivered')))
      .returning({ id: messages.id })
    for (const { id } of answered)
      events.push({ type: 'message.answered', data: { messageId: id, turnId } })
  }
  const late = await tx
    .update(messages)
    .set({ delivery: 'refused', refusal: 'turn-over' })
    .where(
      and(
        eq(messages.sessionId, session.id),
        eq(messages.delivery, 'accepted'),
        eq(messages.mode, 'steer'),
        eq(messages.fallbackQueue, false),
      ),
    )
    .returning({ id: messages.id })
  for (const { id } of late)
    events.push({ type: 'message.refused', data: { messageId: id, reason: 'turn-over' } })
  events.push({
    type: 'turn.ended',
    data: { turnId, reason, ...(error !== undefined && { error: JSON.parse(error) as unknown }) },
  })
  const next = await tx.$count(
    messages,
    and(eq(messages.sessionId, session.id), eq(messages.delivery, 'accepted')),
  )
  const isDue = next > 0 && waitingOn === undefined
  const settled = isDue ? 'queued' : await statusAfterWork(tx, session.id)
  await tx
    .update(sessions)
    .set({
      status: waitingOn === undefined ? settled : 'waiting',
      waitingOn: waitingOn ?? null,
      stateSince: sql`now()`,
      endReason: reason,
      turnId: null,
      workerInstanceId: null,
      leaseUntil: null,
      wakeAt: isDue ? sql`now()` : null,
      abortRequestedAt: null,
      abortReason: null,
    })
    .where(eq(sessions.id, session.id))
  events.push({ type: 'session.changed', data: {} })
  await appendSessionEvents(tx, session.id, events)
  const woken = isDue ? [] : await fireWaits(tx, 'child', [session.id])
  return { withdrawn, isDue, woken, callIds }
}

/** A session that has finished its work is final; another one takes prompts. */
async function statusAfterWork(tx: Db, sessionId: string): Promise<'idle' | 'done' | 'failed'> {
  const [latest] = await tx
    .select({ status: mappings.status })
    .from(mappings)
    .where(eq(mappings.sessionId, sessionId))
    .orderBy(desc(mappings.id))
    .limit(1)
  if (latest?.status === 'completed') return 'done'
  return latest?.status === 'failed' ? 'failed' : 'idle'
}

/** The error of a tool call that the end of its turn cancelled. */
const CANCELLED = JSON.stringify({ code: 'ABORTED', message: 'The turn ended before this call.' })
/** The same, of one that was made: its effect may be there. */
const CUT_OFF = JSON.stringify({
  code: 'ABORTED',
  message: 'The turn ended while this call ran.',
  details: { outcome: 'unknown' },
})

/** One thing that a turn waits for. */
export interface NewWait {
  readonly kind: WaitKind
  readonly ref: string
  readonly toolCallId?: string | undefined
  readonly deadlineMs?: number | undefined
}

/**
 * Lets a turn wait: the claim is given up, unless something happened after `wakeSeq`. False then. In a transaction of the turn. `afterMs`: when
 * it is looked at in any case.
 */
export async function parkTurn(
  tx: Db,
  session: LockedSession,
  turnId: string,
  wait: {
    readonly wakeSeq: number
    readonly waitingOn: WaitKind
    readonly waits: readonly NewWait[]
    readonly afterMs: number
    /** What processes have worked on the turn until now. */
    readonly workedMs: number
  },
): Promise<boolean> {
  if (session.wakeSeq !== wait.wakeSeq) return false
  await tx.delete(turnWaits).where(eq(turnWaits.turnId, turnId))
  if (wait.waits.length > 0)
    await tx.insert(turnWaits).values(
      wait.waits.map(({ kind, ref, toolCallId, deadlineMs }) => ({
        sessionId: session.id,
        turnId,
        kind,
        ref,
        toolCallId: toolCallId ?? null,
        deadline:
          deadlineMs === undefined
            ? null
            : sql`now() + ${deadlineMs / 1000}::double precision * interval '1 second'`,
      })),
    )
  await tx
    .update(sessions)
    .set({
      status: 'waiting',
      waitingOn: wait.waitingOn,
      stateSince: sql`now()`,
      workerInstanceId: null,
      leaseUntil: null,
      wakeAt: sql`now() + ${wait.afterMs / 1000}::double precision * interval '1 second'`,
    })
    .where(eq(sessions.id, session.id))
  await tx
    .update(turns)
    .set({ status: 'waiting', metadata: withWorked(wait.workedMs) })
    .where(eq(turns.id, turnId))
  await appendSessionEvents(tx, session.id, [{ type: 'session.changed', data: {} }])
  return true
}

/** What waits for these subjects is due: in the transaction that ends them. Gives the sessions. */
export function fireWaits(tx: Db, kind: WaitKind, refs: readonly string[]): Promise<string[]> {
  if (refs.length === 0) return Promise.resolve([])
  return coded(async () => {
    const rows = await tx
      .update(turnWaits)
      .set({ firedAt: sql`now()` })
      .where(
        and(eq(turnWaits.kind, kind), inArray(turnWaits.ref, [...refs]), isNull(turnWaits.firedAt)),
      )
      .returning({ sessionId: turnWaits.sessionId })
    return [...new Set(rows.map(({ sessionId }) => sessionId))]
  })
}
