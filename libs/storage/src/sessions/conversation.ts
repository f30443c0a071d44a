import { and, desc, isNull, sql } from 'drizzle-orm'
import { builtOnce } from '../database/built-once.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { messages } from '../schema/sessions/messages.ts'
import type { MessageRow } from '../schema/sessions/messages.ts'
import type { PartRow } from '../schema/sessions/parts.ts'
import type { ToolCallRow } from '../schema/sessions/tool-calls.ts'
import { readMessages } from './messages.ts'
import type { MessageView } from './messages.ts'
import { SHOWN_OUTPUT } from './shown-output.ts'

/** A tool call as a model gets it, with at most `SHOWN_OUTPUT` characters of its output. */
export type SaidToolCall = Pick<
  ToolCallRow,
  'id' | 'toolName' | 'status' | 'input' | 'output' | 'outputBytes' | 'error'
>

/** A message as a model gets it: its texts and summaries, and the tool calls that it asked for. */
export interface SaidMessage {
  readonly message: Pick<MessageRow, 'id' | 'role' | 'mode'>
  readonly parts: readonly Pick<PartRow, 'type' | 'data'>[]
  readonly toolCalls: readonly SaidToolCall[]
}

/** From the latest summary on. */
const isInConversation = (sessionId: unknown) =>
  and(
    sql`${messages.sessionId} = ${sessionId}`,
    sql`${messages.position} is not null`,
    isNull(messages.revertedAt),
    sql`${messages.position} >= coalesce((
      select max(c.position) from messages c join parts p on p.message_id = c.id
      where c.session_id = ${sessionId} and p.session_id = ${sessionId} and p.type = 'compaction' and c.reverted_at is null), 0)`,
  )

const conversationOf = builtOnce((db) =>
  db
    .select()
    .from(messages)
    .where(isInConversation(sql.placeholder('sessionId')))
    .orderBy(desc(messages.position))
    .limit(sql.placeholder('limit'))
    .prepare('conversation'),
)

/** The conversation from the latest compaction on, oldest first, at most the latest `limit` messages, with all that is stored of them. */
export function loadConversation(db: Db, sessionId: string, limit: number): Promise<MessageView[]> {
  return coded(async () => {
    const rows = await conversationOf(db).execute({ sessionId, limit })
    return readMessages(db, rows.toReversed())
  })
}

/** A message as the statement gives it: id, role, mode, parts, tool calls. */
type SaidRow = readonly [
  id: string,
  role: MessageRow['role'],
  mode: MessageRow['mode'],
  parts: readonly (readonly [PartRow['type'], string])[] | null,
  calls: readonly SaidCallRow[] | null,
]
type SaidCallRow = readonly [
  id: string,
  toolName: string,
  status: ToolCallRow['status'],
  input: string,
  output: string | null,
  outputBytes: number | null,
  error: string | null,
]

/**
 * The conversation as a model gets it: as `loadConversation`, with what a model sees alone. One statement whose answer is one JSON text, because this is read
 * before each step.
 */
export function readConversation(db: Db, sessionId: string, limit: number): Promise<SaidMessage[]> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      with said as (
        select ${messages.id}, ${messages.role}, ${messages.mode}, ${messages.position} from ${messages}
        where ${isInConversation(sessionId)} order by ${messages.position} desc limit ${limit}::int)
      select json_agg(json_build_array(m.id, m.role, m.mode,
        (select json_agg(json_build_array(p.type, p.data ->> 'text') order by p.step, p.idx) from parts p
          where p.message_id = m.id and p.type in ('text', 'compaction')),
        (select json_agg(json_build_array(c.id, c.tool_name, c.status, c.input, left(c.output, ${SHOWN_OUTPUT}::int), c.output_bytes, c.error)
            order by c.step, c.idx) from tool_calls c
          where c.message_id = m.id)) order by m.position)::text as said
      from said m`)) as unknown as { said: string | null }[]
    const said = row?.said
    if (said == null) return []
    return (JSON.parse(said) as SaidRow[]).map(([id, role, mode, parts, calls]) => ({
      message: { id, role, mode },
      parts: parts?.map(([type, text]) => ({ type, data: { text } })) ?? [],
      toolCalls: calls?.map((call) => saidToolCall(call)) ?? [],
    }))
  })
}

function saidToolCall(call: SaidCallRow): SaidToolCall {
  const [id, toolName, status, input, output, outputBytes, error] = call
  return { id, toolName, status, input, output, outputBytes, error }
}
