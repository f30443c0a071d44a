import { must, uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { messages } from '../schema/sessions/messages.ts'
import { parts } from '../schema/sessions/parts.ts'
import type { NewMessage } from './messages.ts'

/** Rows of one statement, which has at most 65,535 parameters. */
const MAX_ROWS = 1000

/** Stores messages that the model has now, with their parts, in their order and in few statements. The update locks the session. */
export function addMessages(
  tx: Db,
  sessionId: string,
  added: readonly NewMessage[],
): Promise<void> {
  if (added.length === 0) return Promise.resolve()
  return coded(async () => {
    const [numbered] = (await tx.execute(sql`
      update sessions set message_seq = message_seq + ${added.length}::int, last_activity_at = now() where id = ${sessionId}
      returning message_seq as seq`)) as unknown as { seq: unknown }[]
    const before = Number(must(numbered).seq) - added.length
    const rows = added.map(({ parts: newParts, ...message }, at) => {
      const id = message.id ?? uuidv7()
      const seq = before + at + 1
      return {
        row: { ...message, id, sessionId, seq, position: seq, data: {} },
        parts: newParts.map(({ type, data }, idx) => ({
          messageId: id,
          sessionId,
          step: message.step ?? 0,
          idx,
          type,
          data: { ...data },
        })),
      }
    })
    // oxlint-disable no-await-in-loop -- one connection
    for (const some of pieces(rows.map(({ row }) => row))) await tx.insert(messages).values(some)
    for (const some of pieces(rows.flatMap((one) => one.parts))) await tx.insert(parts).values(some)
    // oxlint-enable no-await-in-loop
  })
}

function* pieces<T>(list: readonly T[]): Generator<T[]> {
  for (let at = 0; at < list.length; at += MAX_ROWS) yield list.slice(at, at + MAX_ROWS)
}
