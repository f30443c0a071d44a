import { parseJsonOutline } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** The operation whose calls are the list: each replaces it. */
export const TODOS_OPERATION = 'sessions.setTodos'

export interface Todo {
  readonly text: string
  readonly status: 'open' | 'active' | 'done' | 'dropped'
}

const STATUSES: ReadonlySet<string> = new Set(['open', 'active', 'done', 'dropped'])
/** As the operation takes them. */
const MAX_TODOS = 100
const MAX_TEXT = 500
const MAX_DEPTH = 8

/** True for a tool call of the session that replaces its list. */
export function isTodosCall(db: Db, sessionId: string, toolCallId: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`
      select 1 from tool_calls where id = ${toolCallId} and session_id = ${sessionId} and operation_name = ${TODOS_OPERATION}`)
    return rows.length > 0
  })
}

/**
 * The list of todos of a session: the input of its latest such tool call that is in the conversation, whether a summary stands for it or not, else that which a
 * fork or an import copied. Empty when there is none.
 */
export function readTodos(db: Db, sessionId: string): Promise<readonly Todo[]> {
  return coded(async () => {
    const [own] = (await db.execute(sql`
      select c.input from tool_calls c join messages m on m.id = c.message_id
      where c.session_id = ${sessionId} and c.operation_name = ${TODOS_OPERATION} and c.status = 'done' and m.reverted_at is null
      order by m.position desc, c.idx desc limit 1`)) as unknown as { input: string }[]
    if (own !== undefined) return todosOf(own.input)
    const [copied] = (await db.execute(sql`
      select p.data ->> 'copied' as call from messages m join parts p on p.message_id = m.id
      where m.session_id = ${sessionId} and m.role = 'assistant' and m.turn_id is null and m.reverted_at is null
        and p.type = 'text' and p.data ->> 'copied' like ${COPIED}
      order by m.position desc, p.idx desc limit 1`)) as unknown as { call: string }[]
    return copied === undefined ? [] : copiedTodos(copied.call)
  })
}

const COPIED = `%"status":"done"%"operationId":"${TODOS_OPERATION}"%`

/** A document that was imported may hold anything. */
function copiedTodos(call: string): readonly Todo[] {
  const { operationId, input } = parseJsonOutline(call, MAX_DEPTH) as Record<string, unknown>
  return operationId === TODOS_OPERATION ? todosOf(JSON.stringify(input ?? {})) : []
}

/** What of an input is a todo. */
function todosOf(input: string): readonly Todo[] {
  const { todos } = parseJsonOutline(input, MAX_DEPTH) as { readonly todos?: unknown }
  if (!Array.isArray(todos)) return []
  return todos.slice(0, MAX_TODOS).flatMap((one: Partial<Todo> | null) => {
    const { text, status } = one ?? {}
    if (typeof text !== 'string' || status === undefined || !STATUSES.has(status)) return []
    return [{ text: text.slice(0, MAX_TEXT), status }]
  })
}
