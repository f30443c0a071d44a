import { must, uuidv7 } from '@alkdev/std'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { EndReason } from '../schema/sessions/families.ts'
import type { ToolCallInsert } from '../schema/sessions/tool-calls.ts'
import { turnSteps } from '../schema/sessions/turn-steps.ts'
import type { TurnStepRow } from '../schema/sessions/turn-steps.ts'
import type { SessionClaim } from './claim-sessions.ts'
import { heldSession, inTurn, SEEN, seenOf } from './in-turn.ts'
import type { InTurn, SeenColumns, SeenSession } from './in-turn.ts'
import { addMessage } from './messages.ts'
import type { NewPart, OpenToolCall } from './messages.ts'
import { appendSessionEvents } from './session-events.ts'
import { acceptedSteers, deliverSteers } from './steers.ts'
import { withWorked } from './turn-work.ts'

/** The attempts of the steps of a turn, in their order. */
export function readTurnSteps(db: Db, turnId: string): Promise<TurnStepRow[]> {
  return coded(() =>
    db
      .select()
      .from(turnSteps)
      .where(and(eq(turnSteps.turnId, turnId), gt(turnSteps.step, 0)))
      .orderBy(asc(turnSteps.step), asc(turnSteps.attempt)),
  )
}

/** How far a turn is. */
export interface TurnProgress {
  /** The latest step that was stored; 0 when none was. */
  readonly lastStep: number
  /** That step asked for tool calls. */
  readonly hasCalls: boolean
  /** Attempts of the step after it. */
  readonly attempts: number
}

/** Counts in the database: a turn may have many steps, and this is read before each. */
export function readTurnProgress(db: Db, turnId: string): Promise<TurnProgress> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select last.step as "lastStep",
        exists (select 1 from tool_calls c where c.turn_id = ${turnId} and c.step = last.step) as "hasCalls",
        (select count(*)::int from turn_steps s where s.turn_id = ${turnId} and s.step = last.step + 1) as attempts
      from (select coalesce(max(d.step), 0) as step from turn_steps d where d.turn_id = ${turnId} and d.step > 0 and d.status = 'done') as last`)) as unknown as TurnProgress[]
    return must(row)
  })
}

/** The attempt of a step of a session that runs. */
export function readRunningStep(db: Db, sessionId: string): Promise<TurnStepRow | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(turnSteps)
      .where(and(eq(turnSteps.sessionId, sessionId), eq(turnSteps.status, 'running')))
      .orderBy(sql`${turnSteps.id} desc`)
      .limit(1)
    return row
  })
}

export interface NewStep {
  readonly sessionId: string
  readonly turnId: string
  readonly step: number
  readonly model: string
  readonly callId: string
}

/** An attempt of a step that runs. */
export interface StartedStep extends NewStep {
  readonly id: string
}

/** A step that was started, and the session as it was then. */
export interface StepStart {
  readonly step: StartedStep & Pick<TurnStepRow, 'attempt'>
  readonly session: SeenSession
  /** Messages were delivered with it. */
  readonly isSteered: boolean
  /** Attempts that another process left running. */
  readonly dropped: number
}

/**
 * Stores an attempt of a step under the claim, before its model is called. Attempts that were left running are dropped, and messages that steer the turn are
 * delivered. One statement, unless there are such messages.
 */
export async function startStep(
  db: Db,
  claim: SessionClaim,
  step: NewStep,
): Promise<InTurn<StepStart>> {
  const made = await storeStart(db, claim, step, false)
  if (made !== 'steered') return made
  const steered = await inTurn(db, claim, async (tx, { id }) => {
    await deliverSteers(tx, id, step.turnId, step.step)
    return storeStart(tx, claim, step, true)
  })
  if (steered.kind === 'lost') return steered
  if (steered.value === 'steered') throw new Error('messages were delivered before')
  return steered.value
}

/** `isSteered`: the messages that steer the turn were delivered. Else nothing is stored when there are some. */
function storeStart(
  db: Db,
  claim: SessionClaim,
  { sessionId, turnId, step, model, callId }: NewStep,
  isSteered: boolean,
): Promise<InTurn<StepStart> | 'steered'> {
  const id = uuidv7()
  const event = JSON.stringify({ turnId, step, stepId: id, model }).slice(0, -1)
  const reason: EndReason = 'fence-lost'
  return coded(async () => {
    const [row] = (await db.execute(sql`
      with ${heldSession(claim)},
      ready as (
        select h.id from held h where ${isSteered} or not exists (${acceptedSteers(sessionId, turnId)})),
      dropped as (
        update turn_steps d set status = 'dropped', reason = ${reason}, ended_at = now(), updated_at = now()
        from ready where d.turn_id = ${turnId} and d.status = 'running' returning d.id),
      made as (
        insert into turn_steps (id, session_id, turn_id, step, attempt, model, call_id)
        select ${id}, ${sessionId}, ${turnId}, ${step}::int,
          (select count(*)::int + 1 from turn_steps t where t.turn_id = ${turnId} and t.step = ${step}::int), ${model}, ${callId}
        from ready returning attempt),
      numbered as (
        update sessions s set event_seq = s.event_seq + 1 + (select count(*) from dropped), progress_at = now(), last_activity_at = now(),
          updated_at = now()
        from ready where s.id = ready.id returning s.id, s.event_seq),
      event as (
        insert into session_events (session_id, seq, type, data)
        select n.id, n.event_seq, 'step.started', ${event} || ',"attempt":' || m.attempt || '}' from numbered n cross join made m
        union all
        select n.id, n.event_seq - d.nr, 'step.reset', json_build_object('stepId', d.id, 'reason', ${reason}::text)::text
        from numbered n cross join (select id, row_number() over (order by id desc) as nr from dropped) d)
      select ${SEEN}, (select attempt from made) as attempt, (select count(*)::int from dropped) as dropped
      from held h`)) as unknown as (SeenColumns & { attempt: number | null; dropped: number })[]
    if (row === undefined) return { kind: 'lost' }
    if (row.attempt === null) return 'steered'
    const { attempt, dropped } = row
    const started = { id, sessionId, turnId, step, attempt, model, callId }
    return { kind: 'done', value: { step: started, session: seenOf(row), isSteered, dropped } }
  })
}

/** Tokens of a model call; absent: not known. */
export interface StepUsage {
  readonly inputTokens?: number | undefined
  readonly outputTokens?: number | undefined
  readonly cachedTokens?: number | undefined
}

/** A tool call that the model asked for. Texts are JSON. */
export type NewToolCall = Pick<
  ToolCallInsert,
  'id' | 'modelCallId' | 'toolName' | 'operationName' | 'schemaHash' | 'retry' | 'input'
> & {
  /** A call that is never made, with the error that the model gets. */
  readonly refusal?: { readonly status: 'failed' | 'denied'; readonly error: string } | undefined
}

/** What a model call gave. */
export interface StepResult extends StepUsage {
  readonly parts: readonly NewPart[]
  readonly toolCalls: readonly NewToolCall[]
}

/** What was stored of a step, and the session as it was then. */
export interface FinishedStep {
  readonly messageId: string
  /** The calls that are to be made. */
  readonly planned: readonly OpenToolCall[]
  readonly session: SeenSession
}

/**
 * Stores what a step gave, under the claim: the message with its parts, the usage, and one row per tool call. One statement. Undefined for an attempt that was
 * dropped meanwhile, for which nothing is stored. `workedMs`: what processes have worked on the turn until now.
 */
export function finishStep(
  db: Db,
  claim: SessionClaim,
  { id, sessionId, turnId, step }: StartedStep,
  { parts, toolCalls: calls, ...usage }: StepResult,
  workedMs: number,
): Promise<InTurn<FinishedStep | undefined>> {
  const { inputTokens = null, outputTokens = null, cachedTokens = null } = usage
  const messageId = uuidv7()
  const newParts = parts.map(({ type, data }, idx) => ({ id: uuidv7(), idx, type, data }))
  const newCalls = calls.map(({ id: callId = uuidv7(), refusal, ...call }, idx) => ({
    ...call,
    id: callId,
    idx,
    status: refusal?.status ?? ('planned' as const),
    error: refusal?.error,
  }))
  return coded(async () => {
    const [row] = (await db.execute(sql`
    with ${heldSession(claim)},
    ended as (
      update turn_steps t set status = 'done', message_id = ${messageId}, input_tokens = ${inputTokens}::bigint,
        output_tokens = ${outputTokens}::bigint, cached_tokens = ${cachedTokens}::bigint, ended_at = now(), updated_at = now()
      from held where t.id = ${id} and t.session_id = held.id and t.status = 'running' returning t.session_id),
    numbered as (
      update sessions s set message_seq = s.message_seq + 1, event_seq = s.event_seq + 1, progress_at = now(), last_activity_at = now(),
        updated_at = now()
      from ended where s.id = ended.session_id returning s.message_seq, s.event_seq),
    message as (
      insert into messages (id, session_id, seq, position, role, turn_id, step, data)
      select ${messageId}, ${sessionId}, n.message_seq, n.message_seq, 'assistant', ${turnId}, ${step}::int, '{}' from numbered n
      returning id),
    part as (
      insert into parts (id, message_id, session_id, step, idx, type, data)
      select p.id, ${messageId}, ${sessionId}, ${step}::int, p.idx, p.type, p.data
      from numbered cross join json_to_recordset(${JSON.stringify(newParts)}::json)
        as p(id text, idx int, type part_type, data jsonb)),
    called as (
      insert into tool_calls (id, session_id, turn_id, message_id, step, idx, model_call_id, tool_name, operation_name, schema_hash, retry,
        input, status, error, ended_at)
      select c.id, ${sessionId}, ${turnId}, ${messageId}, ${step}::int, c.idx, c."modelCallId", c."toolName", c."operationName",
        c."schemaHash", c.retry, c.input, c.status, c.error, case when c.status <> 'planned' then now() end
      from numbered cross join json_to_recordset(${JSON.stringify(newCalls)}::json)
        as c(id text, idx int, "modelCallId" text, "toolName" text, "operationName" text, "schemaHash" text, retry retry_class,
          input text, status tool_call_status, error text)),
    turn as (
      update turns set status = 'running', metadata = ${withWorked(workedMs)}, steps = ${step}::int, input_tokens = turns.input_tokens + ${inputTokens ?? 0}::bigint,
        output_tokens = turns.output_tokens + ${outputTokens ?? 0}::bigint, updated_at = now()
      where id = ${turnId} and exists (select 1 from ended)),
    event as (
      insert into session_events (session_id, seq, type, data)
      select ${sessionId}, n.event_seq, 'message.added', ${JSON.stringify({ messageId, stepId: id })} from numbered n)
    select ${SEEN}, exists (select 1 from message) as "isStored" from held h`)) as unknown as (SeenColumns & {
      isStored: boolean
    })[]
    if (row === undefined) return { kind: 'lost' }
    if (!row.isStored) return { kind: 'done', value: undefined }
    const planned = newCalls
      .filter(({ status }) => status === 'planned')
      .map(({ id: toolCallId, operationName = null, retry, input }) => ({
        ...NEVER_MADE,
        id: toolCallId,
        sessionId,
        step,
        operationName,
        retry,
        input,
      }))
    return { kind: 'done', value: { messageId, planned, session: seenOf(row) } }
  })
}

/** A call that was just planned. */
const NEVER_MADE = {
  status: 'planned',
  attempts: 0,
  callId: null,
  approvalId: null,
  metadata: {},
} as const satisfies Partial<OpenToolCall>

/** Ends an attempt of a step that gave nothing. In a transaction of the turn. */
export async function dropStep(
  tx: Db,
  step: Pick<StartedStep, 'id' | 'sessionId'>,
  { reason, error }: { readonly reason: EndReason; readonly error?: string | undefined },
): Promise<void> {
  const rows = await tx
    .update(turnSteps)
    .set({ status: 'dropped', reason, error: error ?? null, endedAt: sql`now()` })
    .where(and(eq(turnSteps.id, step.id), eq(turnSteps.status, 'running')))
    .returning({ id: turnSteps.id })
  if (rows.length > 0)
    await appendSessionEvents(tx, step.sessionId, [
      { type: 'step.reset', data: { stepId: step.id, reason } },
    ])
}

/**
 * Stores the state of the worktree after the tool calls of a step, or, as step 0, before the first call of the turn that may change files. In a
 * transaction of the turn.
 */
export async function setCheckpoint(
  tx: Db,
  {
    sessionId,
    turnId,
    step,
    ref,
    tree,
  }: {
    readonly sessionId: string
    readonly turnId: string
    readonly step: number
    readonly ref: string
    readonly tree: string
  },
): Promise<void> {
  const saved = { checkpointRef: ref, checkpointTree: tree }
  if (step > 0) {
    await tx
      .update(turnSteps)
      .set(saved)
      .where(
        and(eq(turnSteps.turnId, turnId), eq(turnSteps.step, step), eq(turnSteps.status, 'done')),
      )
    return
  }
  const start = { sessionId, turnId, step, attempt: 1, model: '', callId: turnId }
  await tx
    .insert(turnSteps)
    .values({ ...start, ...saved, status: 'done', endedAt: sql`now()` })
    .onConflictDoNothing()
}

/** Stores the summary that stands for the conversation so far. In a transaction of the turn. */
export async function addCompaction(
  tx: Db,
  sessionId: string,
  turnId: string,
  text: string,
): Promise<void> {
  const parts = [{ type: 'compaction' as const, data: { text } }]
  const message = await addMessage(tx, sessionId, { role: 'user', turnId, parts }, true)
  await appendSessionEvents(tx, sessionId, [
    { type: 'message.added', data: { messageId: message.id } },
  ])
}

/** The summaries of a turn since its latest step that was stored: those in a row that did not bring the next step under the limit. */
export function countCompactions(db: Db, sessionId: string, turnId: string): Promise<number> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select count(*)::int as count from messages m
      where m.session_id = ${sessionId} and m.turn_id = ${turnId}
        and exists (select 1 from parts p where p.message_id = m.id and p.type = 'compaction')
        and m.seq > coalesce((
          select max(a.seq) from messages a
          where a.session_id = ${sessionId} and a.turn_id = ${turnId} and a.role = 'assistant'), 0)`)) as unknown as {
      count: number
    }[]
    return must(row).count
  })
}
