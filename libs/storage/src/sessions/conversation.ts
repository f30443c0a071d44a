import { and, isNull, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { messages } from '../schema/sessions/messages.ts'
import type { MessageRow } from '../schema/sessions/messages.ts'
import type { PartRow } from '../schema/sessions/parts.ts'
import type { ToolCallRow } from '../schema/sessions/tool-calls.ts'
import { countFittingMessages } from './fitting-rows.ts'
import { readMessagesById } from './messages.ts'
import type { MessageView } from './messages.ts'
import { SHOWN_OUTPUT } from './shown-output.ts'

/** A tool call as a model gets it, with at most `SHOWN_OUTPUT` characters of its output. */
export type SaidToolCall = Pick<
  ToolCallRow,
  'id' | 'toolName' | 'status' | 'input' | 'output' | 'outputBytes' | 'error'
>

/**
 * A message as a model gets it: its texts and summaries, the reasoning that its provider wants back, and the tool calls that it asked for. Of `step-finish` there is
 * what decides about the reasoning before it.
 */
export interface SaidMessage {
  readonly message: Pick<MessageRow, 'id' | 'role' | 'mode'>
  readonly parts: readonly Pick<PartRow, 'type' | 'data'>[]
  readonly toolCalls: readonly SaidToolCall[]
}

/** From the latest summary on. */
const isInConversation = (sessionId: string) =>
  and(
    sql`${messages.sessionId} = ${sessionId}`,
    sql`${messages.position} is not null`,
    isNull(messages.revertedAt),
    sql`${messages.position} >= coalesce((
      select max(c.position) from messages c join parts p on p.message_id = c.id
      where c.session_id = ${sessionId} and p.session_id = ${sessionId} and p.type = 'compaction' and c.reverted_at is null), 0)`,
  )

/**
 * The ids of the messages that a conversation had up to a position, oldest first: from the latest summary before that on, the latest `limit` at most. Without
 * `upTo`: those of now.
 */
export function conversationIds(
  db: Db,
  sessionId: string,
  { upTo, limit }: { readonly upTo?: number | undefined; readonly limit: number },
): Promise<string[]> {
  const isBefore = (column: SQL): SQL =>
    upTo === undefined ? sql`true` : sql`${column} <= ${upTo}::bigint`
  return coded(async () => {
    const rows = (await db.execute(sql`
      select m.id from messages m
      where m.session_id = ${sessionId} and m.position is not null and m.reverted_at is null and ${isBefore(sql`m.position`)}
        and m.position >= coalesce((
          select max(c.position) from messages c join parts p on p.message_id = c.id
          where c.session_id = ${sessionId} and p.session_id = ${sessionId} and p.type = 'compaction' and c.reverted_at is null
            and ${isBefore(sql`c.position`)}), 0)
      order by m.position desc limit ${limit}::int`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id).toReversed()
  })
}

/** Messages of one page at most. */
const MAX_PAGE = 200

/** The messages in the order of their ids, page by page: of each page at most `maxBytes` of parts and tool calls are in memory, or one message. */
export async function* messagePages(
  db: Db,
  ids: readonly string[],
  maxBytes: number,
): AsyncGenerator<readonly MessageView[]> {
  for (let at = 0; at < ids.length;) {
    const next = ids.slice(at, at + MAX_PAGE)
    // oxlint-disable no-await-in-loop -- page after page
    const count = await countFittingMessages(db, next, maxBytes)
    const page = next.slice(0, count)
    const views = await readMessagesById(db, page)
    // oxlint-enable no-await-in-loop
    const byId = new Map(views.map((view) => [view.message.id, view]))
    yield page.flatMap((id) => byId.get(id) ?? [])
    at += count
  }
}

/** A message as the statement gives it: id, role, mode, parts, tool calls. */
type SaidRow = readonly [
  id: string,
  role: MessageRow['role'],
  mode: MessageRow['mode'],
  parts: readonly (readonly [PartRow['type'], PartRow['data']])[] | null,
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
 * The conversation as a model gets it, with what a model sees alone: oldest first, at most the latest `limit` messages. One statement whose answer is one JSON
 * text, because this is read before each step.
 */
export function readConversation(db: Db, sessionId: string, limit: number): Promise<SaidMessage[]> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      with said as (
        select ${messages.id}, ${messages.role}, ${messages.mode}, ${messages.position} from ${messages}
        where ${isInConversation(sessionId)} order by ${messages.position} desc limit ${limit}::int)
      select json_agg(json_build_array(m.id, m.role, m.mode,
        (select json_agg(json_build_array(p.type, p.data) order by p.step, p.idx) from parts p
          where p.message_id = m.id and (p.type in ('text', 'compaction', 'tool-call') or p.data ->> 'seal' is not null
            or p.data ->> 'withoutReasoning' is not null)),
        (select json_agg(json_build_array(c.id, c.tool_name, c.status, c.input, left(c.output, ${SHOWN_OUTPUT}::int), c.output_bytes, c.error)
            order by c.step, c.idx) from tool_calls c
          where c.message_id = m.id)) order by m.position)::text as said
      from said m`)) as unknown as { said: string | null }[]
    const said = row?.said
    if (said == null) return []
    return (JSON.parse(said) as SaidRow[]).map(([id, role, mode, parts, calls]) => ({
      message: { id, role, mode },
      parts: parts?.map(([type, data]) => ({ type, data })) ?? [],
      toolCalls: calls?.map((call) => saidToolCall(call)) ?? [],
    }))
  })
}

function saidToolCall(call: SaidCallRow): SaidToolCall {
  const [id, toolName, status, input, output, outputBytes, error] = call
  return { id, toolName, status, input, output, outputBytes, error }
}
