import { WORKFLOW_RUN, workflowRunOf } from '@alkdev/contracts'
import { compact, must, uuidv7 } from '@alkdev/std'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { WaitKind } from '../schema/sessions/families.ts'
import { messages } from '../schema/sessions/messages.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import { turnWaits } from '../schema/sessions/turn-waits.ts'
import { turns } from '../schema/sessions/turns.ts'
import type { TurnRow } from '../schema/sessions/turns.ts'
import type { LockedSession } from './in-turn.ts'
import { OWN_GRANT } from './messages.ts'
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
  await tx
    .update(sessions)
    .set({
      status: sql`case when ${sessions.abortId} is null then ${workStatus(sql`${sessionId}`)} else 'aborted' end::session_status`,
      stateSince: sql`now()`,
      workerInstanceId: null,
      leaseUntil: null,
      wakeAt: null,
    })
    .where(eq(sessions.id, sessionId))
  await appendSessionEvents(tx, sessionId, [{ type: 'session.changed', data: {} }])
}

/** The status of a session without work, as text: one that has finished its work is final, another one takes prompts. */
export function workStatus(sessionId: SQL): SQL {
  return sql`coalesce((
    select case m.status when 'completed' then 'done' when 'failed' then 'failed' end
    from mappings m where m.session_id = ${sessionId} order by m.id desc limit 1), 'idle')`
}

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
