import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { readTodos } from './todos.ts'
import type { Todo } from './todos.ts'

/** What a session must not forget when its conversation is replaced by a summary. */
export interface PinnedRows {
  /** The text with which it began. */
  readonly firstPrompt: string | undefined
  readonly task:
    | {
        readonly slug: string
        readonly name: string
        readonly body: string | null
        readonly checks: readonly { readonly name: string; readonly command: string }[]
      }
    | undefined
  /** Operations that ran, each with the member `path` of its input, once. */
  readonly calls: readonly { readonly operationName: string; readonly path: string }[]
  /** What it asked and that has no answer. */
  readonly questions: readonly string[]
  readonly todos: readonly Todo[]
}

const MAX_CALLS = 1000
const MAX_QUESTIONS = 20
/** Characters of a text. */
const MAX_TEXT = 8000

/** Reads the rows. The calls are those before a message: a summary, which is followed by the later ones. */
export function readPinnedRows(db: Db, sessionId: string, messageId: string): Promise<PinnedRows> {
  return coded(async () => {
    const [first] = (await db.execute(sql`
      select left(string_agg(p.data ->> 'text', E'\\n' order by p.idx), ${MAX_TEXT}::int) as text
      from parts p where p.type = 'text' and p.message_id = (
        select m.id from messages m
        where m.session_id = ${sessionId} and m.role = 'user' and m.mode is not null and m.position is not null and m.reverted_at is null
        order by m.position limit 1)`)) as unknown as { text: string | null }[]
    const [task] = (await db.execute(sql`
      select t.slug, t.name, left(t.body, ${MAX_TEXT}::int) as body, t.checks
      from task_claims c join tasks t on t.id = c.task_id
      where c.session_id = ${sessionId} and c.released_at is null limit 1`)) as unknown as NonNullable<
      PinnedRows['task']
    >[]
    const calls = (await db.execute(sql`
      select operation_name as "operationName", path from (
        select operation_name, substring(input from '"path":"([^"\\\\]+)"') as path, max(id) as latest
        from tool_calls where session_id = ${sessionId} and status in ('done', 'unknown') and operation_name is not null
          and created_at <= (select m.created_at from messages m where m.id = ${messageId})
        group by 1, 2) c
      where path is not null order by latest desc limit ${MAX_CALLS}::int`)) as unknown as PinnedRows['calls']
    const questions = (await db.execute(sql`
      select left(p.data ->> 'text', ${MAX_TEXT}::int) as text
      from messages m join parts p on p.message_id = m.id and p.type = 'text'
      where m.sender_session_id = ${sessionId} and m.delivery <> 'refused' and p.data ->> 'text' like '[The session "%" (%) asks]%'
        and not exists (select 1 from messages a where a.session_id = ${sessionId} and a.in_reply_to = m.id)
      order by m.id desc limit ${MAX_QUESTIONS}::int`)) as unknown as { text: string }[]
    const todos = await readTodos(db, sessionId)
    return {
      todos,
      firstPrompt: first?.text ?? undefined,
      task: task,
      calls,
      questions: questions.map(({ text }) => text.slice(text.indexOf('\n') + 1)),
    }
  })
}
