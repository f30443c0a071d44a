import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  createWorkspace,
  ensureProject,
  inTransaction,
  openDatabase,
  syncTasks,
} from '@alkdev/storage'
import { createMapping } from '@alkdev/storage/coordination'
import { createSession, getSession } from '@alkdev/storage/sessions'
import { claimTask, readTask } from '@alkdev/storage/tasks'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newSessionGrant } from '../sessions/session-grants.ts'
import { HandOver } from './hand-over-tasks.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
})
afterAll(() => stack.disposeAsync())

test('a spoke that was removed and attached again under its name, with the same epoch, is asked again what it serves', async () => {
  const { db, sql } = opened
  const { id: ownerId } = await createAccount(db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(db, { ownerId, keyHash: uuidv7(), scopes: ['*'] })
  const owner = { id: ownerId, keyId: key.id, scopes: ['*'] }
  const { id: projectId } = await ensureProject(db, { slug: 'p', ownerId })
  await syncTasks(db, { projectId, tasks: [{ slug: 'a', name: 'A' }] })
  const taskId = must(await readTask(db, projectId, 'a')).task.id
  const attach = async (name: string, columns: object): Promise<string> => {
    const id = uuidv7()
    const row = { id, name, spoke_type: 'dev-env', owner_id: ownerId, epoch: 1, ...columns }
    await sql`insert into spokes ${sql(row)}`
    return id
  }
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
  const connected = { status: 'connected', instance_id: 'i', connected_at: ago(300) }
  const gone = await attach('gone', {
    ...{ status: 'disconnected', connected_at: ago(900), disconnected_at: ago(200) },
  })
  const sessionId = uuidv7()
  await inTransaction(db, async (tx) => {
    const grantId = await newSessionGrant(tx, owner)
    const place = { projectId, spokeId: gone, name: 'w', worktree: 'w', branch: 'w' }
    const workspaceId = await createWorkspace(tx, { ...place, commonDirId: 'own' })
    const shared = { accountId: ownerId, projectId, grantId, title: 'x', workspaceId }
    await createSession(tx, { id: sessionId, ...shared })
    await claimTask(tx, { taskId, holder: { sessionId }, expiresInMs: 60_000 })
    await createMapping(tx, { sessionId, taskId, task: 'a', workspaceId, spokeId: gone })
  })
  let served = 'another'
  let asked = 0
  const called: unknown[] = []
  const runtime = {
    db,
    config: { sessions: { handOverMs: 1000 } },
    logger: { info: () => undefined, warn: () => undefined },
    authenticator: { recheck: () => Promise.resolve({ identity: { ...owner, orgIds: [] } }) },
    bus: {
      directory: { get: () => ({}) },
      call(operationId: string, _input: object, { attachment }: { attachment?: object }) {
        called.push(attachment)
        if (operationId === 'dev.other.git.repository') asked++
        const data = operationId.endsWith('git.repository')
          ? { commonDirId: served }
          : { worktrees: [], commits: [] }
        return Promise.resolve({ envelope: { data } })
      },
    },
  } as never
  const handOver = new HandOver(runtime, () => Promise.resolve())
  const { signal } = new AbortController()

  const first = await attach('other', connected)
  await vi.waitFor(async () => {
    await handOver.sweep(signal)
    expect(asked).toBe(1)
  })
  await sql`delete from spokes where id = ${first}`
  const second = await attach('other', connected)
  served = 'own'
  await vi.waitFor(
    async () => {
      await handOver.sweep(signal)
      expect(await getSession(db, sessionId)).toMatchObject({ status: 'failed' })
    },
    { timeout: 20_000, interval: 200 },
  )
  // What it said holds for the attachment that was asked.
  expect(called[0]).toEqual({ spokeId: first, epoch: 1 })
  expect(called.slice(1)).toEqual(called.slice(1).map(() => ({ spokeId: second, epoch: 1 })))
}, 30_000)
