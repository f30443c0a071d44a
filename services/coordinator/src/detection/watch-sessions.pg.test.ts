import type { Identity } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  ensureProject,
  inTransaction,
  openDatabase,
} from '@alkdev/storage'
import { readSessionFindings } from '@alkdev/storage/coordination'
import { createSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSessionGrant } from '../sessions/session-grants.ts'
import { evaluate } from './watch-sessions.ts'

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
