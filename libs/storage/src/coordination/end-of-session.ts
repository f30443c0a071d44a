import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Db } from '../database/types.ts'
import { messages } from '../schema/sessions/messages.ts'
import { toolCalls } from '../schema/sessions/tool-calls.ts'
import { appendEventsOf } from '../sessions/session-events.ts'

/** Call ids of the sessions that run at providers. */
export async function runningCalls(tx: Db, ids: readonly string[]): Promise<string[]> {
  const rows = await tx
    .select({ callId: toolCalls.callId })
    .from(toolCalls)
    .where(and(inArray(toolCalls.sessionId, [...ids]), eq(toolCalls.status, 'dispatched')))
  return rows.flatMap(({ callId }) => (callId === null ? [] : [callId]))
}

/** Refuses what waits for sessions that have ended. External ones read it all the same. */
export async function refuseMessages(
  tx: Db,
  ids: readonly string[],
  refusal: 'aborted' | 'spoke-gone',
): Promise<void> {
  const refused = await tx
    .update(messages)
    .set({ delivery: 'refused', refusal })
    .where(
      and(
        inArray(messages.sessionId, [...ids]),
        eq(messages.delivery, 'accepted'),
        sql`exists (select 1 from sessions s where s.id = ${messages.sessionId} and s.mode = 'agent')`,
      ),
    )
    .returning({ id: messages.id, sessionId: messages.sessionId })
  await appendEventsOf(
    tx,
    new Map(
      [...Map.groupBy(refused, ({ sessionId }) => sessionId)].map(([sessionId, some]) => [
        sessionId,
        some.map(({ id }) => ({
          type: 'message.refused',
          data: { messageId: id, reason: refusal },
        })),
      ]),
    ),
  )
}
