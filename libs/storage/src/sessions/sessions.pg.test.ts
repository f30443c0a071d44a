import { randomBytes } from 'node:crypto'
import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { createWorkspace, getWorkspace } from '../projects/workspaces.ts'
import {
  claimLostSessions,
  claimSessions,
  releaseSession,
  renewSessions,
  wakeSession,
} from './claim-sessions.ts'
import type { SessionClaim } from './claim-sessions.ts'
import { addMessages } from './add-messages.ts'
import { inTurn } from './in-turn.ts'
import { conversationIds, messagePages, readConversation } from './conversation.ts'
import { addMessage, readOpenToolCalls } from './messages.ts'
import type { MessageView } from './messages.ts'
import {
  checkpointBefore,
  latestRevert,
  restoreMessages,
  revertMessages,
  revertNumber,
} from './revert-messages.ts'
import {
  appendSessionEvents,
  oldestSessionEvent,
  pruneSessionEvents,
  readSessionEvents,
} from './session-events.ts'
import {
  archiveSession,
  changeSession,
  createSession,
  deleteSession,
  getSession,
  lockSession,
} from './sessions.ts'
import { dispatchToolCall, endToolCall, readTurnToolCalls } from './tool-calls.ts'
import { endTurn } from './end-turns.ts'
import { beginTurn, fireWaits, getTurn, parkTurn } from './turn-lifecycle.ts'
import { readTodos } from './todos.ts'
import { workedOn } from './turn-work.ts'
import { rememberHead } from './worktree-head.ts'
import {
  addCompaction,
  countCompactions,
  dropStep,
  finishStep,
  readTurnProgress,
  readTurnSteps,
  setCheckpoint,
  startStep,
} from './turn-steps.ts'

const stack = new AsyncDisposableStack()
let opened: Database
let accountId: string
let projectId: string
let id: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
  accountId = (await createAccount(opened.db, { email: `${uuidv7()}@example.com` })).id
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: accountId })).id
})
afterAll(() => stack.disposeAsync())

beforeEach(async () => {
  const session = await createSession(opened.db, {
    accountId,
    projectId,
    grantId: null as never,
    title: 'A session',
  })
  id = session.id
})

/** The conversation with all that is stored of it. */
async function loadConversation(
  db: Database['db'],
  sessionId: string,
  limit: number,
): Promise<MessageView[]> {
  const all: MessageView[] = []
  const ids = await conversationIds(db, sessionId, { limit })
  for await (const page of messagePages(db, ids, 1024 * 1024)) all.push(...page)
  return all
}

const prompt = (text: string, more: object = {}) =>
  inTransaction(opened.db, async (tx) => {
    await lockSession(tx, id)
    const row = await addMessage(
      tx,
      id,
      {
        role: 'user',
        mode: 'queue',
        delivery: 'accepted',
        parts: [{ type: 'text', data: { text } }],
        ...more,
      },
      false,
    )
    const session = must(await lockSession(tx, id))
    if (session.status === 'idle')
      await changeSession(tx, id, { status: 'queued', wakeAt: new Date(0) })
    return row
  })

const claim = async (worker = 'one'): Promise<SessionClaim> => {
  const claims = await claimSessions(opened.db, {
    workerInstanceId: worker,
    leaseMs: 60_000,
    limit: 100,
    maxPerAccount: 1000,
  })
  return must(claims.find((one) => one.id === id))
}

const begun = async () => {
  const message = await prompt('Do it.')
  const held = await claim()
  const turn = await inTurn(opened.db, held, beginTurn)
  if (turn.kind === 'lost' || turn.value === undefined) throw new Error('a turn was expected')
  return { message, held, turn: turn.value }
}

const inside = async <T>(held: SessionClaim, work: Parameters<typeof inTurn<T>>[2]): Promise<T> => {
  const done = await inTurn(opened.db, held, work)
  if (done.kind === 'lost') throw new Error('the claim was expected to be held')
  return done.value
}

const step = (turnId: string, number = 1) => ({
  sessionId: id,
  turnId,
  step: number,
  model: 'm',
  callId: uuidv7(),
})
const call = (retry: 'safe' | 'keyed' | 'never' = 'never') => ({
  id: uuidv7(),
  modelCallId: 'c1',
  toolName: 'fs_read',
  operationName: 'fs.read',
  retry,
  input: '{}',
})
const nothing = { parts: [], toolCalls: [] }

const start = async (held: SessionClaim, one: Parameters<typeof startStep>[2]) => {
  const done = await startStep(opened.db, held, one)
  if (done.kind === 'lost') throw new Error('the claim was expected to be held')
  return done.value.step
}
const finish = async (
  held: SessionClaim,
  ...[one, result]: [Parameters<typeof finishStep>[2], Parameters<typeof finishStep>[3]]
) => {
  const done = await finishStep(opened.db, held, one, result, 1234)
  if (done.kind === 'lost') throw new Error('the claim was expected to be held')
  return done.value
}

test('a prompt starts one turn, whose message is delivered and answered', async () => {
  const { message, held, turn } = await begun()
  expect(await getSession(opened.db, id)).toMatchObject({ status: 'running', turnId: turn.id })
  await inside(held, (tx, session) => endTurn(tx, session, turn.id, { reason: 'completed' }))
  expect(await getSession(opened.db, id)).toMatchObject({
    status: 'idle',
    turnId: null,
    endReason: 'completed',
  })
  const conversation = await loadConversation(opened.db, id, 100)
  expect(conversation).toMatchObject([
    { message: { id: message.id, delivery: 'answered' }, parts: [{ data: { text: 'Do it.' } }] },
  ])
  const events = await readSessionEvents(opened.db, id, { after: 0, limit: 100, maxBytes: 1e6 })
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, at) => at + 1))
  expect(events.map(({ type }) => type)).toEqual([
    'turn.started',
    'message.delivered',
    'message.answered',
    'turn.ended',
    'session.changed',
  ])
})

test('the holder of an old token writes nothing', async () => {
  const { held, turn } = await begun()
  await opened.sql`update sessions set lease_until = now() - interval '1 second' where id = ${id}`
  const request = { workerInstanceId: 'two', leaseMs: 60_000, limit: 100, except: [] }
  const taken = must((await claimLostSessions(opened.db, request)).find((one) => one.id === id))
  expect(taken.token).toBe(held.token + 1)
  expect(await startStep(opened.db, held, step(turn.id))).toEqual({ kind: 'lost' })
  const stale = { ...step(turn.id), id: uuidv7() }
  expect(await finishStep(opened.db, held, stale, nothing, 0)).toEqual({ kind: 'lost' })
  expect(await renewSessions(opened.db, [held], 1000)).toEqual([])
  expect(await releaseSession(opened.db, held)).toBe(false)
  expect(await readTurnSteps(opened.db, turn.id)).toEqual([])
  expect(await inTurn(opened.db, taken, async () => 1)).toEqual({ kind: 'done', value: 1 })
})

test('a lease that has ended is lost also before another process takes the session over', async () => {
  const { held } = await begun()
  await opened.sql`update sessions set lease_until = now() - interval '1 second' where id = ${id}`
  expect(await inTurn(opened.db, held, async () => 1)).toEqual({ kind: 'lost' })
})

test('a renewal waits for no row that a transaction has locked, and that claim is still held', async () => {
  const { held } = await begun()
  const first = id
  const other = await createSession(opened.db, {
    accountId,
    projectId,
    grantId: null as never,
    title: 'Another session',
  })
  id = other.id
  const { held: free } = await begun()
  const locked = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const writing = inTransaction(opened.db, async (tx) => {
    await lockSession(tx, first)
    locked.resolve()
    await release.promise
  })
  await locked.promise
  const renewed = await renewSessions(opened.db, [held, free], 60_000)
  release.resolve()
  await writing
  expect(new Map(renewed.map((one) => [one.id, one.isRenewed]))).toEqual(
    new Map([
      [first, false],
      [other.id, true],
    ]),
  )
})

test('a step that is started again drops the attempt before it', async () => {
  const { held, turn } = await begun()
  const first = await start(held, step(turn.id))
  const second = await start(held, step(turn.id))
  expect([first.attempt, second.attempt]).toEqual([1, 2])
  expect(await finish(held, first, nothing)).toBeUndefined()
  expect(await finish(held, second, nothing)).toBeDefined()
  expect((await readTurnSteps(opened.db, turn.id)).map(({ status }) => status)).toEqual([
    'dropped',
    'done',
  ])
})

test('R9: summaries count until a step is stored, whichever process made them', async () => {
  const { held, turn } = await begun()
  const count = () => countCompactions(opened.db, id, turn.id)
  const summarise = () => inside(held, (tx) => addCompaction(tx, id, turn.id, 'A summary.'))
  expect(await count()).toBe(0)
  await summarise()
  await summarise()
  expect(await count()).toBe(2)
  const started = await start(held, step(turn.id))
  await finish(held, started, nothing)
  expect(await count()).toBe(0)
  await summarise()
  expect(await count()).toBe(1)
})

test('R14: what a step adds to the stored bytes does not grow with the conversation', async () => {
  const { held, turn } = await begun()
  const tables = ['messages', 'parts', 'tool_calls', 'turn_steps', 'session_events']
  const stored = async (): Promise<number> => {
    let bytes = 0
    for (const table of tables) {
      // oxlint-disable-next-line no-await-in-loop -- a few
      const [row] = await opened.sql.unsafe<{ bytes: number }[]>(
        `select coalesce(sum(pg_column_size(r.*)), 0)::int as bytes from ${table} r where session_id = $1`,
        [id],
      )
      bytes += must(row).bytes
    }
    return bytes
  }
  const BYTES = 1500
  const text = (): string => randomBytes((BYTES * 3) / 4).toString('base64')
  const work = async (from: number, to: number): Promise<number> => {
    const before = await stored()
    for (let number = from; number < to; number++) {
      const asked = call('safe')
      // oxlint-disable no-await-in-loop -- one step after the other
      const begunStep = await start(held, step(turn.id, number))
      await finish(held, begunStep, {
        parts: [
          { type: 'text', data: { text: text() } },
          { type: 'tool-call', data: { toolCallId: asked.id } },
        ],
        toolCalls: [asked],
      })
      const callId = uuidv7()
      const dispatch = { from: null, callId, timeoutMs: 1000 }
      await dispatchToolCall(opened.db, held, asked.id, dispatch)
      await endToolCall(opened.db, held, asked.id, { status: 'done', output: text() })
      // oxlint-enable no-await-in-loop
    }
    return ((await stored()) - before) / (to - from)
  }
  const early = await work(1, 21)
  await work(21, 81)
  const late = await work(81, 101)
  expect(late / early).toBeLessThan(1.02)
  // Two texts, and the rows around them.
  expect(late).toBeLessThan(2 * BYTES + 2048)
})

test('a tool call ends once, and an attempt is dispatched only after the one that is known', async () => {
  const { held, turn } = await begun()
  const started = await start(held, step(turn.id))
  await finish(held, started, { parts: [], toolCalls: [call()] })
  const [planned] = await readTurnToolCalls(opened.db, turn.id)
  const row = must(planned)
  expect(row.status).toBe('planned')
  const dispatch = (from: string | null, callId: string) =>
    dispatchToolCall(opened.db, held, row.id, { from, callId, timeoutMs: 1000 })
  expect(await dispatch(null, 'a')).toBe('done')
  expect(await dispatch(null, 'b')).toBe('over')
  expect(await dispatch('a', 'b')).toBe('done')
  const end = (status: 'done' | 'unknown') =>
    endToolCall(opened.db, held, row.id, { status, output: '"x"' })
  expect([await end('done'), await end('unknown')]).toEqual(['done', 'over'])
  expect(await readTurnToolCalls(opened.db, turn.id)).toMatchObject([
    { status: 'done', output: '"x"', outputBytes: 3, attempts: 2, callId: 'b' },
  ])
})

test('the tool calls of a step change one at a time under the claim, each with its event', async () => {
  const { held, turn } = await begun()
  const started = await start(held, step(turn.id))
  const calls = Array.from({ length: 8 }, () => call())
  const failure = '{"code":"ACCESS_DENIED","message":"No."}'
  const refused = { ...call(), refusal: { status: 'denied' as const, error: failure } }
  await finish(held, started, { parts: [], toolCalls: [...calls, refused] })
  expect((await readTurnToolCalls(opened.db, turn.id)).at(-1)).toMatchObject({
    id: refused.id,
    status: 'denied',
    error: failure,
    endedAt: expect.any(Date),
  })
  const before = must(await getSession(opened.db, id)).eventSeq
  const dispatched = { from: null, callId: uuidv7(), timeoutMs: 1000 }
  const changes = await Promise.all(
    calls.map((one) => dispatchToolCall(opened.db, held, one.id, dispatched)),
  )
  expect(new Set(changes)).toEqual(new Set(['done']))
  const page = { after: before, limit: 100, maxBytes: 1e6 }
  const events = await readSessionEvents(opened.db, id, page)
  expect(events.map(({ seq }) => seq)).toEqual(calls.map((_call, at) => before + at + 1))
  expect(new Set(events.map(({ data }) => data))).toEqual(
    new Set(calls.map((one) => JSON.stringify({ toolCallId: one.id }))),
  )
  const [first] = calls
  await opened.sql`update sessions set lease_until = now() - interval '1 second' where id = ${id}`
  expect(await endToolCall(opened.db, held, must(first).id, { status: 'done' })).toBe('lost')
  expect(must(await getSession(opened.db, id)).eventSeq).toBe(before + calls.length)
  expect(await readOpenToolCalls(opened.db, turn.id)).toHaveLength(calls.length)
})

test('how far a turn is follows from its stored steps', async () => {
  const { held, turn } = await begun()
  const progress = () => readTurnProgress(opened.db, turn.id)
  expect(await progress()).toEqual({ lastStep: 0, hasCalls: false, attempts: 0 })
  const dropped = await start(held, step(turn.id))
  await inside(held, (tx) => dropStep(tx, dropped, { reason: 'provider-error' }))
  expect(await progress()).toEqual({ lastStep: 0, hasCalls: false, attempts: 1 })
  const first = await start(held, step(turn.id))
  await finish(held, first, { parts: [], toolCalls: [call()] })
  expect(await progress()).toEqual({ lastStep: 1, hasCalls: true, attempts: 0 })
  const second = await start(held, step(turn.id, 2))
  await finish(held, second, nothing)
  expect(await progress()).toEqual({ lastStep: 2, hasCalls: false, attempts: 0 })
})

test('a step is stored with texts of every kind as they are', async () => {
  const { held, turn } = await begun()
  const text = `"quotes", back\\slashes, {braces}, a tab\t, a line\n, \u0001 and 🦊`
  const input = JSON.stringify({ text })
  const asked = { ...call(), operationName: null, modelCallId: text, toolName: text, input }
  const started = await start(held, step(turn.id))
  const parts = [{ type: 'text' as const, data: { text } }]
  const usage = { inputTokens: 7, outputTokens: 3 }
  const result = { parts, toolCalls: [asked], ...usage }
  const { messageId, planned } = must(await finish(held, started, result))
  expect(planned).toEqual(await readOpenToolCalls(opened.db, turn.id))
  const loaded = await loadConversation(opened.db, id, 10)
  expect(loaded.at(-1)).toMatchObject({
    message: { id: messageId, role: 'assistant', turnId: turn.id, step: 1, data: {} },
    parts: [{ type: 'text', idx: 0, data: { text } }],
    toolCalls: [{ ...asked, status: 'planned', messageId, schemaHash: null, endedAt: null }],
  })
  const said = await readConversation(opened.db, id, 10)
  expect(loaded).toMatchObject(said)
  expect(said).toHaveLength(2)
  const after = must(await getTurn(opened.db, turn.id))
  expect(after).toMatchObject({ steps: 1, ...usage })
  expect(workedOn(after)).toBe(1234)
  expect(await readTurnSteps(opened.db, turn.id)).toMatchObject([
    { status: 'done', messageId, ...usage, cachedTokens: null },
  ])
})

test('a turn parks only while nothing has happened, and what it waits for makes it due', async () => {
  const { held, turn } = await begun()
  const session = must(await getSession(opened.db, id))
  const wait = {
    wakeSeq: session.wakeSeq,
    waitingOn: 'approval' as const,
    waits: [{ kind: 'approval' as const, ref: 'a1' }],
    afterMs: 60_000,
    workedMs: 2000,
  }
  await inTransaction(opened.db, (tx) => wakeSession(tx, id))
  expect(await inside(held, (tx, row) => parkTurn(tx, row, turn.id, wait))).toBe(false)
  const again = { ...wait, wakeSeq: session.wakeSeq + 1 }
  expect(await inside(held, (tx, row) => parkTurn(tx, row, turn.id, again))).toBe(true)
  expect(await getSession(opened.db, id)).toMatchObject({
    status: 'waiting',
    waitingOn: 'approval',
  })
  await inTransaction(opened.db, async (tx) => {
    expect(await fireWaits(tx, 'approval', ['a1'])).toEqual([id])
    await wakeSession(tx, id)
  })
  expect((await claim('two')).token).toBe(held.token + 1)
  const waiting = must(await getTurn(opened.db, turn.id))
  expect([waiting.status, workedOn(waiting)]).toEqual(['waiting', 2000])
})

test('a message that steers is delivered before the next step, or refused with the turn', async () => {
  const { held, turn } = await begun()
  const steer = { mode: 'steer', expectedTurnId: turn.id }
  const first = await prompt('Faster.', steer)
  const begin = await startStep(opened.db, held, step(turn.id, 2))
  expect(begin).toMatchObject({ kind: 'done', value: { isSteered: true, step: { attempt: 1 } } })
  const again = await startStep(opened.db, held, step(turn.id, 2))
  expect(again).toMatchObject({
    kind: 'done',
    value: { isSteered: false, dropped: 1, step: { attempt: 2 } },
  })
  const events = await readSessionEvents(opened.db, id, { after: 0, limit: 100, maxBytes: 1e6 })
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, at) => at + 1))
  expect(events.slice(2).map(({ type }) => type)).toEqual([
    'message.delivered',
    'step.started',
    'step.reset',
    'step.started',
  ])
  expect(JSON.parse(must(events.at(-1)).data)).toMatchObject({ step: 2, attempt: 2 })
  const late = await prompt('Too late.', steer)
  const next = await prompt('Next.', { mode: 'steer', fallbackQueue: true })
  await inside(held, (tx, session) => endTurn(tx, session, turn.id, { reason: 'user-stop' }))
  const rows = await opened.sql<{ id: string; delivery: string; refusal: string | null }[]>`
    select id, delivery, refusal from messages where session_id = ${id} order by seq`
  expect(rows.slice(1)).toEqual([
    { id: first.id, delivery: 'delivered', refusal: null },
    { id: late.id, delivery: 'refused', refusal: 'turn-over' },
    { id: next.id, delivery: 'accepted', refusal: null },
  ])
  expect(await getSession(opened.db, id)).toMatchObject({ status: 'queued' })
})

test('the end of a turn cancels what it did not finish, and drops the step that ran', async () => {
  const { held, turn } = await begun()
  const started = await start(held, step(turn.id))
  await finish(held, started, { parts: [], toolCalls: [call()] })
  await start(held, step(turn.id, 2))
  const failure = JSON.stringify({ code: 'TIMEOUT', message: 'Too slow.' })
  await inside(held, (tx, session) =>
    endTurn(tx, session, turn.id, { reason: 'idle-timeout', error: failure }),
  )
  expect(await readTurnToolCalls(opened.db, turn.id)).toMatchObject([{ status: 'cancelled' }])
  expect((await readTurnSteps(opened.db, turn.id)).map(({ status }) => status)).toEqual([
    'done',
    'dropped',
  ])
})

test('a revert takes messages out of the conversation, and is undone while no message follows', async () => {
  const { held, turn } = await begun()
  await inside(held, (tx, session) => endTurn(tx, session, turn.id, { reason: 'completed' }))
  const [first] = await loadConversation(opened.db, id, 10)
  const { message } = must(first)
  const revert = () =>
    inTransaction(opened.db, (tx) =>
      revertMessages(tx, id, { id: message.id, position: must(message.position) }),
    )
  const restore = () => inTransaction(opened.db, (tx) => restoreMessages(tx, id))
  await revert()
  expect(await loadConversation(opened.db, id, 10)).toEqual([])
  expect(await restore()).toBe(true)
  expect(await loadConversation(opened.db, id, 10)).toHaveLength(1)
  expect(await restore()).toBe(false)
  await revert()
  await begun()
  expect(await restore()).toBe(false)
})

test('each revert has a checkpoint of its own, reverts are undone one after the other, and a revert that is tried again has the number of its first try', async () => {
  const { held, turn } = await begun()
  await inside(held, (tx, session) => endTurn(tx, session, turn.id, { reason: 'completed' }))
  await inTransaction(opened.db, (tx) =>
    addMessages(tx, id, [{ role: 'assistant', parts: [{ type: 'text', data: { text: 'Two.' } }] }]),
  )
  const [first, second] = (await loadConversation(opened.db, id, 10)).map(({ message }) => message)
  const number = () => revertNumber(opened.db, id)
  const revert = async (message: typeof first, undo?: string) => {
    // Reverts differ by their millisecond.
    await opened.sql`select pg_sleep(0.005)`
    const { id: messageId, position } = must(message)
    await inTransaction(opened.db, (tx) =>
      revertMessages(tx, id, { id: messageId, position: must(position), undo }),
    )
  }
  const restore = () => inTransaction(opened.db, (tx) => restoreMessages(tx, id))
  const numbers = [await number()]
  expect(await number()).toBe(numbers[0])
  await revert(second, 'later')
  numbers.push(await number())
  await revert(first)
  numbers.push(await number())
  expect(await latestRevert(opened.db, id)).toEqual({ undo: undefined })
  expect(await restore()).toBe(true)
  numbers.push(await number())
  expect(await latestRevert(opened.db, id)).toEqual({ undo: 'later' })
  expect(await restore()).toBe(true)
  expect(await latestRevert(opened.db, id)).toBeUndefined()
  await revert(first, 'whole')
  expect(await latestRevert(opened.db, id)).toEqual({ undo: 'whole' })
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('the events of a session are deleted by their age, and by their number', async () => {
  await begun()
  await opened.sql`delete from session_events where session_id <> ${id}`
  const events = Array.from({ length: 4 }, () => ({ type: 'session.changed', data: {} }))
  await inTransaction(opened.db, (tx) => appendSessionEvents(tx, id, events))
  const latest = must(await getSession(opened.db, id)).eventSeq
  expect(latest).toBeGreaterThan(3)
  const dayMs = 86_400_000
  const prune = (most: number) => pruneSessionEvents(opened.db, { olderMs: dayMs, limit: 2, most })
  expect(await prune(latest)).toBe(0)
  while ((await prune(2)) > 0);
  expect(await oldestSessionEvent(opened.db, id)).toBe(latest - 1)
  await opened.sql`update session_events set created_at = now() - interval '2 days' where session_id = ${id} and seq < ${latest}`
  expect(await prune(latest)).toBe(1)
  expect(await oldestSessionEvent(opened.db, id)).toBe(latest)
})

test('a session is archived only without a turn, and deleted only when it is archived', async () => {
  const { held, turn } = await begun()
  const locked = (work: (tx: Parameters<typeof lockSession>[0], row: never) => Promise<void>) =>
    inTransaction(opened.db, async (tx) => work(tx, must(await lockSession(tx, id)) as never))
  await expect(locked(archiveSession)).rejects.toMatchObject({ code: 'CONFLICT' })
  await inside(held, (tx, session) => endTurn(tx, session, turn.id, { reason: 'completed' }))
  await expect(locked(deleteSession)).rejects.toMatchObject({ code: 'CONFLICT' })
  await locked(archiveSession)
  await locked(deleteSession)
  expect(await getSession(opened.db, id)).toBeUndefined()
  expect(await getTurn(opened.db, turn.id)).toBeUndefined()
})

test('messages are added in their order, also with more parts than one statement takes', async () => {
  const parts = Array.from({ length: 10_000 }, (_one, nr) => ({
    type: 'text' as const,
    data: { text: `${nr}` },
  }))
  await inTransaction(opened.db, (tx) =>
    addMessages(tx, id, [
      { role: 'user', parts },
      ...parts.slice(0, 1500).map((part) => ({ role: 'assistant' as const, parts: [part] })),
    ]),
  )
  const next = await prompt('Next.')
  expect(next.seq).toBe(1502)
  const loaded = await loadConversation(opened.db, id, 5000)
  expect(loaded.map(({ message }) => message.position)).toEqual(
    Array.from({ length: 1501 }, (_one, nr) => nr + 1),
  )
  expect(loaded[0]?.parts.map(({ data }) => data['text'])).toEqual(
    parts.map(({ data }) => data.text),
  )
  expect(loaded[7]?.parts).toMatchObject([{ data: { text: '6' } }])
})

test('a message that waits is refused when its session is archived', async () => {
  const message = await prompt('Too late.')
  await inTransaction(opened.db, async (tx) => archiveSession(tx, must(await lockSession(tx, id))))
  const [row] = await opened.sql`select delivery, refusal from messages where id = ${message.id}`
  expect(row).toEqual({ delivery: 'refused', refusal: 'archived' })
  const claimed = await claimSessions(opened.db, {
    workerInstanceId: 'one',
    leaseMs: 1000,
    limit: 100,
    maxPerAccount: 100,
  })
  expect(claimed.map((one) => one.id)).not.toContain(id)
})

test('a session that is claimed and has no turn yet is archived, and its holder starts none', async () => {
  await prompt('Too late.')
  const held = await claim()
  await inTransaction(opened.db, async (tx) => archiveSession(tx, must(await lockSession(tx, id))))
  expect(await inTurn(opened.db, held, beginTurn)).toEqual({ kind: 'lost' })
  expect(await getSession(opened.db, id)).toMatchObject({ status: 'archived', leaseUntil: null })
})

test('sessions of an account at its limit keep those of no other account out', async () => {
  await prompt('One.')
  const most = { workerInstanceId: 'one', leaseMs: 1000, limit: 100, maxPerAccount: 0 }
  expect(await claimSessions(opened.db, most)).toEqual([])
})

test('the files before a message are those of the step before it, or of the start of the turn that changed some', async () => {
  const { message, held, turn } = await begun()
  const started = await start(held, step(turn.id))
  await finish(held, started, nothing)
  const save = (number: number) =>
    inside(held, (tx) =>
      setCheckpoint(tx, {
        sessionId: id,
        turnId: turn.id,
        step: number,
        ref: `ref-${number}`,
        tree: `tree-${number}`,
      }),
    )
  const before = (position: number) =>
    checkpointBefore(opened.db, id, { turnId: turn.id, position })
  const [first, second] = await loadConversation(opened.db, id, 10)
  const positions = [first, second].map((one) => must(one?.message.position))
  expect(first?.message.id).toBe(message.id)
  expect(await before(must(positions[0]))).toBeUndefined()
  await save(0)
  await save(0)
  await save(1)
  expect(await before(must(positions[0]))).toMatchObject({ ref: 'ref-0' })
  expect(await before(must(positions[1]))).toMatchObject({ ref: 'ref-0' })
  expect(await before(must(positions[1]) + 1)).toMatchObject({ ref: 'ref-1', tree: 'tree-1' })
  expect((await readTurnSteps(opened.db, turn.id)).map((one) => one.step)).toEqual([1])
})

test('a new session expects no head in its workspace, and none is remembered after a call that may still run', async () => {
  const workspaceId = await createWorkspace(opened.db, {
    ...{ projectId, name: uuidv7(), worktree: 'w', head: 'a', expectedHead: 'a' },
  })
  const row = { accountId, projectId, workspaceId, grantId: null as never, title: 'In a worktree' }
  id = (await createSession(opened.db, row)).id
  const expected = async () => (await getWorkspace(opened.db, workspaceId))?.expectedHead
  expect(await expected()).toBeNull()
  const { held, turn } = await begun()
  const remember = (head: string) =>
    inside(held, (tx) => rememberHead(tx, { sessionId: id, turnId: turn.id, head }))
  expect(await remember('b')).toBe(true)
  expect(await expected()).toBe('b')
  const made = call()
  await finish(held, await start(held, step(turn.id)), { parts: [], toolCalls: [made] })
  const dispatched = { from: null, callId: uuidv7(), timeoutMs: 60_000 }
  await dispatchToolCall(opened.db, held, made.id, dispatched)
  expect(await remember('c')).toBe(false)
  await endToolCall(opened.db, held, made.id, { status: 'unknown', error: '{}' })
  expect(await remember('c')).toBe(false)
  expect(await expected()).toBe('b')
})

test('of the todos that a document brings, those are kept that are some', async () => {
  const copied = (input: unknown, more: object = {}) =>
    JSON.stringify({ status: 'done', input, operationId: 'sessions.setTodos', ...more })
  const add = (data: Record<string, unknown>) =>
    inTransaction(opened.db, (tx) =>
      addMessages(tx, id, [{ role: 'assistant', parts: [{ type: 'text', data }] }]),
    )
  expect(await readTodos(opened.db, id)).toEqual([])
  const todo = { text: 'Dig', status: 'open' }
  await add({ text: '', copied: copied({ todos: [todo, null, 7, { text: 'x', status: 'y' }] }) })
  expect(await readTodos(opened.db, id)).toEqual([todo])
  await add({ text: '', copied: copied({ todos: 'none' }) })
  expect(await readTodos(opened.db, id)).toEqual([])
  const other = { status: 'done', input: { operationId: 'sessions.setTodos' } }
  await add({ text: '', copied: JSON.stringify({ ...other, operationId: 'notes.add' }) })
  expect(await readTodos(opened.db, id)).toEqual([])
})
