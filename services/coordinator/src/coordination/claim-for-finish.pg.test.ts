import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  ensureProject,
  inTransaction,
  openDatabase,
  syncTasks,
} from '@alkdev/storage'
import { claimTask, endTask, readTask, releaseTask } from '@alkdev/storage/tasks'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimForFinish } from './claim-for-finish.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
})
afterAll(() => stack.disposeAsync())

async function claimed() {
  const { db, sql } = opened
  const { id: ownerId } = await createAccount(db, { email: `${uuidv7()}@example.com` })
  const { id: projectId } = await ensureProject(db, { slug: `p-${uuidv7()}`, ownerId })
  await syncTasks(db, { projectId, tasks: [{ slug: 'a', name: 'A' }] })
  const sessionId = uuidv7()
  await sql`insert into sessions ${sql({ id: sessionId, project_id: projectId, slug: sessionId, title: 'x', status: 'idle' })}`
  const taskId = must(await readTask(db, projectId, 'a')).task.id
  const holder = { sessionId }
  await inTransaction(db, (tx) => claimTask(tx, { taskId, holder, expiresInMs: 60_000 }))
  const proof = { holder, token: 1 }
  const finish = (outcome: 'done' | 'failed' | 'nothing-to-do' = 'done', by = sessionId) =>
    claimForFinish(db, by, taskId, outcome)
  return { taskId, proof, sessionId, finish }
}

test('a session that gave its task back cannot finish it as done, only as failed', async () => {
  const { taskId, proof, sessionId, finish } = await claimed()
  expect(await finish()).toMatchObject({ taskId, sessionId, token: 1 })
  await inTransaction(opened.db, (tx) => releaseTask(tx, { taskId, proof, reason: 'enough' }))
  await expect(finish()).rejects.toMatchObject({ code: 'CONFLICT' })
  await expect(finish('nothing-to-do')).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(await finish('failed')).toBeUndefined()
})

test('a session that completed its task itself may finish, and no other session', async () => {
  const { taskId, proof, finish } = await claimed()
  await inTransaction(opened.db, (tx) => endTask(tx, { taskId, proof, status: 'completed' }))
  expect(await finish()).toBeUndefined()
  await expect(finish('done', uuidv7())).rejects.toMatchObject({ code: 'CONFLICT' })
})
