import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { parts } from '../schema/sessions/parts.ts'
import { toolCalls } from '../schema/sessions/tool-calls.ts'
import { SHOWN_OUTPUT } from './shown-output.ts'

/** Bytes of the texts of a tool call, as far as they are read with it. */
const callBytes = sql`octet_length(${toolCalls.input}) + coalesce(octet_length(${toolCalls.error}), 0)
  + coalesce(octet_length(left(${toolCalls.output}, ${SHOWN_OUTPUT}::int)), 0)`

/**
 * How many of the messages, from the first on, are read with at most `maxBytes` of parts and tool calls; at least one. Counted in the database, so that what
 * does not fit is never loaded. A message that does not exist has no bytes.
 */
export function countFittingMessages(
  db: Db,
  ids: readonly string[],
  maxBytes: number,
): Promise<number> {
  return countFitting(
    db,
    ids,
    maxBytes,
    sql`
      coalesce((select sum(octet_length(${parts.data}::text)) from ${parts} where ${parts.messageId} = wanted.id), 0)
      + coalesce((select sum(${callBytes}) from ${toolCalls} where ${toolCalls.messageId} = wanted.id), 0)`,
  )
}

/** The same of tool calls by their ids. */
export function countFittingToolCalls(
  db: Db,
  ids: readonly string[],
  maxBytes: number,
): Promise<number> {
  const bytes = sql`coalesce((select ${callBytes} from ${toolCalls} where ${toolCalls.id} = wanted.id), 0)`
  return countFitting(db, ids, maxBytes, bytes)
}

function countFitting(
  db: Db,
  ids: readonly string[],
  maxBytes: number,
  bytes: SQL,
): Promise<number> {
  if (ids.length < 2) return Promise.resolve(ids.length)
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select count(*)::int as fitting from (
        select sum(bytes) over (order by nr) as total from (
          select wanted.nr, ${bytes} as bytes
          from unnest(${sql.param([...ids])}::text[]) with ordinality as wanted(id, nr)) as sized) as summed
      where total <= ${maxBytes}::numeric`)) as unknown as { fitting: number }[]
    return Math.max(1, row?.fitting ?? 0)
  })
}
