import { eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Db } from '../database/types.ts'
import { messages } from '../schema/sessions/messages.ts'
import type { MessageRow } from '../schema/sessions/messages.ts'
import { nextPosition } from './messages.ts'
import { appendSessionEvents } from './session-events.ts'

/** Delivers a message to a step of a turn, as the next one of the conversation. In a transaction of the turn. */
export async function deliver(
  tx: Db,
  sessionId: string,
  message: Pick<MessageRow, 'id'>,
  turnId: string,
  step: number,
): Promise<void> {
  const position = await nextPosition(tx, sessionId)
  await tx
    .update(messages)
    .set({ delivery: 'delivered', turnId, step, position })
    .where(eq(messages.id, message.id))
}

/** The query for the messages that steer the turn and were not delivered. */
export function acceptedSteers(sessionId: string, turnId: string): SQL {
  return sql`
    select m.id from messages m
    where m.session_id = ${sessionId} and m.delivery = 'accepted' and m.mode = 'steer'
      and (m.expected_turn_id is null or m.expected_turn_id = ${turnId})`
}

/** Delivers the messages that steer the turn, before a step. Gives how many. In a transaction of the turn. */
export async function deliverSteers(
  tx: Db,
  sessionId: string,
  turnId: string,
  step: number,
): Promise<number> {
  const found = (await tx.execute(
    sql`${acceptedSteers(sessionId, turnId)} order by m.seq`,
  )) as unknown as { id: string }[]
  for (const message of found) {
    // oxlint-disable-next-line no-await-in-loop -- in their order, on one connection
    await deliver(tx, sessionId, message, turnId, step)
  }
  await appendSessionEvents(
    tx,
    sessionId,
    found.map(({ id }) => ({ type: 'message.delivered', data: { messageId: id, turnId, step } })),
  )
  return found.length
}
