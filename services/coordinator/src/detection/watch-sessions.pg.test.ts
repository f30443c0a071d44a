import type { Identity } from '@alkdev/operations'
import { must, sleep, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  ensureProject,
  inTransaction,
  openDatabase,
  raiseFinding,
} from '@alkdev/storage'
import { readSessionFindings, readSessionLogs } from '@alkdev/storage/coordination'
import { createSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newSessionGrant } from '../sessions/session-grants.ts'
import type { ActingContext } from './act-on-findings.ts'
import { sessionLog } from './read-log.ts'
import { evaluate, watchSessions } from './watch-sessions.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>
let sessionId: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 2 }))
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(opened.db, { ownerId: id, keyHash: uuidv7(), scopes: ['*'] })
  const owner: Identity = { id, keyId: key.id, scopes: ['*'] }
  const projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: id })).id
  const session = await inTransaction(opened.db, async (tx) =>
    createSession(tx, {
      accountId: id,
      projectId,
      grantId: await newSessionGrant(tx, owner),
      title: 'One',
    }),
  )
  sessionId = session.id
})
afterAll(() => stack.disposeAsync())

const runtime = { bus: { directory: { get: () => undefined } } } as unknown as Parameters<
  typeof evaluate
>[0]
const look = () => inTransaction(opened.db, (tx) => evaluate(runtime, tx, [sessionId]))

/** Calls of the session that all fail in the same way, also with a text that JSON of the database can't hold. */
async function failingCalls(count: number): Promise<void> {
  const [turnId, messageId] = [uuidv7(), uuidv7()]
  await opened.sql`insert into turns (id, session_id, message_id, status) values (${turnId}, ${sessionId}, ${messageId}, 'running')`
  const error = String.raw`{"code":"CONFLICT","message":"\u0000 ambiguous"}`
  for (let at = 0; at < count; at++)
    // oxlint-disable-next-line no-await-in-loop -- in this order
    await opened.sql`
      insert into tool_calls (id, session_id, turn_id, message_id, step, idx, model_call_id, tool_name, operation_name, retry, input, status, error, ended_at)
      values (${uuidv7()}, ${sessionId}, ${turnId}, ${messageId}, 1, ${at}, 'c', 'call', 'dev.desk.fs.edit', 'keyed', '{"path":"a"}', 'failed', ${error}, now())`
}

test('a repeated error is found once, with the calls that show it, and closed when it is over', async () => {
  expect(await look()).toEqual([])
  await failingCalls(3)
  const [raised] = await look()
  expect(must(raised)).toMatchObject({ kind: 'repeated-error', session: { id: sessionId } })
  expect(await look()).toEqual([])
  const [open] = await readSessionFindings(opened.db, [sessionId])
  expect(open).toMatchObject({ kind: 'repeated-error', occurrences: 1 })
  expect((must(open).evidence as { toolCallIds: string[] }).toolCallIds).toHaveLength(3)
  await opened.sql`delete from tool_calls where session_id = ${sessionId}`
  expect(await look()).toEqual([])
  expect(await readSessionFindings(opened.db, [sessionId])).toEqual([])
})

/** A sweep over all sessions: resolves once `done` says that it did what is expected. */
async function sweep(done: () => Promise<void>): Promise<void> {
  // The sweep before may still have it.
  await opened.sql`select pg_advisory_xact_lock(hashtextextended('session-detection', 0))`
  const ending = new AbortController()
  const lists = { tell: [], ask: [], pause: [], abort: [] }
  const context = {
    runtime: {
      db: opened.db,
      bus: { directory: { get: () => undefined }, emit: () => undefined },
      logger: { warn: () => undefined },
      config: { sessions: { detection: lists } },
      draining: ending.signal,
      onReady: (_name: string, start: () => void) => start(),
    },
  } as unknown as ActingContext
  watchSessions(context)
  try {
    await vi.waitFor(done, { timeout: 10_000, interval: 50 })
  } finally {
    ending.abort()
  }
}

const kindsOf = async (id: string): Promise<string[]> =>
  (await readSessionFindings(opened.db, [id])).map(({ kind }) => kind)

const find = (kind: string, id = sessionId) =>
  raiseFinding(opened.db, {
    kind,
    severity: 'medium',
    subject: { type: 'session', id },
    accountId: null,
    summary: `Found: ${kind}.`,
  })

test('a session that works is looked at, however many others wait', async () => {
  await opened.sql`
    insert into sessions (id, account_id, project_id, slug, title, status, progress_at)
    select gen_random_uuid()::text, account_id, project_id, gen_random_uuid()::text, 'Waiting', 'waiting', now() - interval '1 day'
    from sessions, generate_series(1, 450) n where sessions.id = ${sessionId}`
  await opened.sql`update sessions set status = 'queued', progress_at = now() where id = ${sessionId}`
  await failingCalls(3)
  await sweep(async () => expect(await kindsOf(sessionId)).toEqual(['repeated-error']))
  await opened.sql`delete from sessions where title = 'Waiting'`
  await opened.sql`delete from tool_calls where session_id = ${sessionId}`
})

test('what is over in a session without a turn is closed', async () => {
  await opened.sql`update sessions set status = 'idle' where id = ${sessionId}`
  await find('stall')
  await find('session-asks')
  await sweep(async () => expect(await kindsOf(sessionId)).toEqual(['session-asks']))
})

test('findings from before a session was archived are closed, and those of one that is gone', async () => {
  const gone = uuidv7()
  await find('tool-call-unknown', gone)
  await find('tool-call-unknown')
  // Times are compared in milliseconds, and those of one statement after the other may be the same.
  await opened.sql`update sessions set status = 'archived', archived_at = now() where id = ${sessionId}`
  await sleep(10)
  await find('merge-refused')
  await sweep(async () => {
    expect(await kindsOf(gone)).toEqual([])
    expect(await kindsOf(sessionId)).toEqual(['merge-refused'])
  })
})

test('the path of a long file is read wherever it is in the input', async () => {
  await failingCalls(1)
  const input = JSON.stringify({ content: 'x"path'.repeat(3000), path: 'a/b.md' })
  await opened.sql`
    update tool_calls set operation_name = 'dev.desk.fs.write', status = 'done', error = null, input = ${input} where session_id = ${sessionId}`
  const [log] = await readSessionLogs(opened.db, [sessionId])
  expect(sessionLog(runtime.bus, must(log), Date.now()).changed).toEqual(['a/b.md'])
})
