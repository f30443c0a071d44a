import { WORKFLOW_RUN } from '@alkdev/contracts'
import { must } from '@alkdev/std'
import { and, asc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { builtOnce } from '../database/built-once.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import type { Metadata } from '../schema/common.ts'
import { messages } from '../schema/sessions/messages.ts'
import type { MessageInsert, MessageRow } from '../schema/sessions/messages.ts'
import { parts } from '../schema/sessions/parts.ts'
import type { PartRow } from '../schema/sessions/parts.ts'
import { PartType } from '../schema/sessions/families.ts'
import { toolCalls } from '../schema/sessions/tool-calls.ts'
import type { ToolCallRow } from '../schema/sessions/tool-calls.ts'
import { countFittingMessages } from './fitting-rows.ts'
import { SHOWN_OUTPUT } from './shown-output.ts'

/** A part to be stored. `data` must not have NUL or halves of surrogate pairs (`storableText`). */
export interface NewPart {
  readonly type: PartType
  readonly data: Readonly<Record<string, unknown>>
}

export type NewMessage = Omit<MessageInsert, 'seq' | 'position' | 'data' | 'sessionId'> & {
  readonly parts: readonly NewPart[]
}

/** A tool call with the beginning of its output. */
export type ToolCallView = ToolCallRow

/** A message with its parts and the tool calls of them. */
export interface MessageView {
  readonly message: MessageRow
  readonly parts: readonly PartRow[]
  readonly toolCalls: readonly ToolCallView[]
}

/**
 * Numbers a message and stores it with its parts. `delivered`: the model has it now, or made it; else it waits for its delivery. The
 * update locks the session.
 */
export function addMessage(
  tx: Db,
  sessionId: string,
  { parts: newParts, ...message }: NewMessage,
  delivered: boolean,
): Promise<MessageRow> {
  return coded(async () => {
    const [numbered] = (await tx.execute(sql`
      update sessions set message_seq = message_seq + 1, last_activity_at = now() where id = ${sessionId}
      returning message_seq as seq`)) as unknown as { seq: unknown }[]
    const seq = Number(must(numbered).seq)
    const [row] = await tx
      .insert(messages)
      .values({ ...message, sessionId, seq, position: delivered ? seq : null, data: {} })
      .returning()
    const made = must(row)
    if (newParts.length > 0)
      await tx.insert(parts).values(
        newParts.map((part, idx) => ({
          messageId: made.id,
          sessionId,
          step: message.step ?? 0,
          idx,
          type: part.type,
          data: { ...part.data },
        })),
      )
    return made
  })
}

/** Gives the next position of a session, in the conversation of which it is. */
export async function nextPosition(tx: Db, sessionId: string): Promise<number> {
  const [row] = (await tx.execute(sql`
    update sessions set message_seq = message_seq + 1 where id = ${sessionId}
    returning message_seq as seq`)) as unknown as { seq: unknown }[]
  return Number(must(row).seq)
}

export function getMessage(
  db: Db,
  sessionId: string,
  messageId: string,
): Promise<MessageRow | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(messages)
      .where(and(eq(messages.id, messageId), eq(messages.sessionId, sessionId)))
    return row
  })
}

/** Messages that wait for their delivery. */
export function countWaitingMessages(db: Db, sessionId: string): Promise<number> {
  return coded(() =>
    db.$count(messages, and(eq(messages.sessionId, sessionId), eq(messages.delivery, 'accepted'))),
  )
}

/** Member of the metadata of a message that has a grant of its own. The column becomes null when that grant is deleted with its key. */
export const OWN_GRANT = { ownGrant: true } as const

/** The metadata of a message that may have a grant of its own, and belong to the run of a workflow. */
export function messageMetadata(grantId: string | undefined, runId: string | undefined): Metadata {
  return {
    ...(grantId !== undefined && OWN_GRANT),
    ...(runId !== undefined && { [WORKFLOW_RUN]: runId }),
  }
}

/** The same by their ids, in the order of their acceptance. */
export function readMessagesById(db: Db, ids: readonly string[]): Promise<MessageView[]> {
  if (ids.length === 0) return Promise.resolve([])
  return coded(async () => {
    const rows = await db
      .select()
      .from(messages)
      .where(inArray(messages.id, [...ids]))
      .orderBy(asc(messages.seq))
    return readMessages(db, rows)
  })
}

const ALL_TYPES = Object.values(PartType)
const isOneOf = (column: AnyPgColumn, name: string): SQL =>
  sql`${column} = any(${sql.placeholder(name)}::text[])`

const partsOfMessages = builtOnce((db) =>
  db
    .select()
    .from(parts)
    .where(
      and(
        isOneOf(parts.messageId, 'ids'),
        sql`${parts.type}::text = any(${sql.placeholder('types')}::text[])`,
      ),
    )
    .orderBy(asc(parts.messageId), asc(parts.step), asc(parts.idx))
    .prepare('parts_of_messages'),
)
const callsOfMessages = builtOnce((db) =>
  selectToolCalls(db, isOneOf(toolCalls.messageId, 'ids')).prepare('calls_of_messages'),
)

/** Messages with their parts and tool calls, in the order given. `types`: only parts of these. */
export function readMessages(
  db: Db,
  rows: readonly MessageRow[],
  types: readonly PartType[] = ALL_TYPES,
): Promise<MessageView[]> {
  if (rows.length === 0) return Promise.resolve([])
  const ids = rows.map(({ id }) => id)
  return coded(async () => {
    const [ofParts, calls] = await Promise.all([
      partsOfMessages(db).execute({ ids, types }),
      callsOfMessages(db).execute({ ids }),
    ])
    const partsOf = Map.groupBy(ofParts, ({ messageId }) => messageId)
    const callsOf = Map.groupBy(calls, ({ messageId }) => messageId)
    return rows.map((message) => ({
      message,
      parts: partsOf.get(message.id) ?? [],
      toolCalls: callsOf.get(message.id) ?? [],
    }))
  })
}

/** Tool calls, each with at most `SHOWN_OUTPUT` characters of its output. */
export function readToolCalls(db: Db, where: SQL | undefined): Promise<ToolCallView[]> {
  return coded(() => selectToolCalls(db, where))
}

function selectToolCalls(db: Db, where: SQL | undefined) {
  return db
    .select({
      ...toolCallColumns,
      output: sql<string | null>`left(${toolCalls.output}, ${SHOWN_OUTPUT}::int)`,
    })
    .from(toolCalls)
    .where(where)
    .orderBy(asc(toolCalls.step), asc(toolCalls.idx))
}

/** What the work on a tool call has to know of it. */
export type OpenToolCall = Pick<
  ToolCallRow,
  | 'id'
  | 'sessionId'
  | 'step'
  | 'operationName'
  | 'retry'
  | 'input'
  | 'status'
  | 'attempts'
  | 'callId'
  | 'approvalId'
  | 'metadata'
>

const openOfTurn = builtOnce((db) =>
  db
    .select({
      id: toolCalls.id,
      sessionId: toolCalls.sessionId,
      step: toolCalls.step,
      operationName: toolCalls.operationName,
      retry: toolCalls.retry,
      input: toolCalls.input,
      status: toolCalls.status,
      attempts: toolCalls.attempts,
      callId: toolCalls.callId,
      approvalId: toolCalls.approvalId,
      metadata: toolCalls.metadata,
    })
    .from(toolCalls)
    .where(and(eq(toolCalls.turnId, sql.placeholder('turnId')), isNull(toolCalls.endedAt)))
    .orderBy(asc(toolCalls.step), asc(toolCalls.idx))
    .prepare('open_calls_of_turn'),
)

/** The tool calls of a turn that have not ended. */
export function readOpenToolCalls(db: Db, turnId: string): Promise<OpenToolCall[]> {
  return coded(() => openOfTurn(db).execute({ turnId }))
}

const toolCallColumns = {
  id: toolCalls.id,
  metadata: toolCalls.metadata,
  createdAt: toolCalls.createdAt,
  updatedAt: toolCalls.updatedAt,
  sessionId: toolCalls.sessionId,
  turnId: toolCalls.turnId,
  messageId: toolCalls.messageId,
  step: toolCalls.step,
  idx: toolCalls.idx,
  modelCallId: toolCalls.modelCallId,
  toolName: toolCalls.toolName,
  operationName: toolCalls.operationName,
  schemaHash: toolCalls.schemaHash,
  retry: toolCalls.retry,
  input: toolCalls.input,
  status: toolCalls.status,
  attempts: toolCalls.attempts,
  callId: toolCalls.callId,
  approvalId: toolCalls.approvalId,
  outputBytes: toolCalls.outputBytes,
  error: toolCalls.error,
  dispatchedAt: toolCalls.dispatchedAt,
  deadline: toolCalls.deadline,
  endedAt: toolCalls.endedAt,
}

/** A tool call with the session that it is of, and a piece of its output. */
export function getToolCallOutput(
  db: Db,
  toolCallId: string,
  offset: number,
  limit: number,
): Promise<
  { readonly sessionId: string; readonly text: string | null; readonly total: number } | undefined
> {
  return coded(async () => {
    const [row] = await db
      .select({
        sessionId: toolCalls.sessionId,
        text: sql<string | null>`substr(${toolCalls.output}, ${offset + 1}::int, ${limit}::int)`,
        total: sql<number>`coalesce(length(${toolCalls.output}), 0)`,
      })
      .from(toolCalls)
      .where(eq(toolCalls.id, toolCallId))
    return row
  })
}

/** The messages of a session before a number, without those that were reverted. */
export function countMessagesBefore(db: Db, sessionId: string, seq: number): Promise<number> {
  return coded(() =>
    db.$count(
      messages,
      and(eq(messages.sessionId, sessionId), lt(messages.seq, seq), isNull(messages.revertedAt)),
    ),
  )
}

export interface ListMessages extends PageRequest {
  readonly sessionId: string
  readonly reverted?: boolean | undefined
  /** Bytes of their parts and tool calls: the page ends before a message with which it would have more, but for the first one. */
  readonly maxBytes: number
}

/** The messages of a session, newest first. */
export function listMessages(db: Db, request: ListMessages): Promise<Page<MessageView>> {
  const { sessionId, reverted = false, maxBytes } = request
  return coded(async () => {
    const keyset = new Keyset([messages.seq], 'desc', ['messages', sessionId, reverted])
    const rows = await db
      .select()
      .from(messages)
      .where(
        and(
          eq(messages.sessionId, sessionId),
          reverted ? undefined : isNull(messages.revertedAt),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    const ids = rows.slice(0, Keyset.limit(request) - 1).map(({ id }) => id)
    const limit = Math.max(1, await countFittingMessages(db, ids, maxBytes))
    const paged = keyset.page(rows, { ...request, limit }, (row) => [row.seq])
    return { ...paged, items: await readMessages(db, paged.items) }
  })
}
