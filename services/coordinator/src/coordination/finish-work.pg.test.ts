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
import { createMapping, findMapping } from '@alkdev/storage/coordination'
import { createSession, getSession } from '@alkdev/storage/sessions'
import { claimTask, readTask } from '@alkdev/storage/tasks'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSessionGrant } from '../sessions/session-grants.ts'
import { finishWork } from './finish-work.ts'

const EPOCH = 7
const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
})
afterAll(() => stack.disposeAsync())

/** A session with a task that has a check, in a worktree of a spoke that serves this repository now. */
async function working(served: string) {
  const { db, sql } = opened
  const { id: ownerId } = await createAccount(db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(db, { ownerId, keyHash: uuidv7(), scopes: ['*'] })
  const owner = { id: ownerId, keyId: key.id, scopes: ['*'] }
  const { id: projectId } = await ensureProject(db, { slug: `p-${uuidv7()}`, ownerId })
  const checks = [{ name: 'test', command: 'true', timeoutMs: 1000 }]
  await syncTasks(db, { projectId, tasks: [{ slug: 'a', name: 'A', checks }] })
  const taskId = must(await readTask(db, projectId, 'a')).task.id
  const spokeId = uuidv7()
  const connected = {
    status: 'connected',
    instance_id: 'i',
    connected_at: new Date().toISOString(),
  }
  await sql`insert into spokes ${sql({ id: spokeId, name: `desk-${spokeId}`, spoke_type: 'dev-env', owner_id: ownerId, ...connected })}`
  const place = { projectId, spokeId, name: 'w', worktree: 'w', branch: 'w' }
  const workspaceId = await createWorkspace(db, {
    ...place,
    repositoryId: 'own',
    commonDirId: 'own',
  })
  const sessionId = uuidv7()
  await inTransaction(db, async (tx) => {
    const grantId = await newSessionGrant(tx, owner)
    const shared = { accountId: ownerId, projectId, grantId, title: 'x', workspaceId }
    await createSession(tx, { id: sessionId, ...shared })
    await claimTask(tx, { taskId, holder: { sessionId }, expiresInMs: 60_000 })
    await createMapping(tx, { sessionId, taskId, task: 'a', workspaceId, spokeId })
  })
  const called: (readonly [string, object | undefined])[] = []
  const note = (operationId: string, { attachment }: { attachment?: object }): string => {
    const name = operationId.split('.').slice(2).join('.')
    called.push([name, attachment])
    return name
  }
  const answers: Record<string, object> = {
    'git.repository': { id: served, commonDirId: served },
    'git.status': { branch: 'w', commit: 'c', files: [] },
  }
  const runtime = {
    db,
    config: { sessions: {} },
    authenticator: { recheck: () => Promise.resolve({ identity: { ...owner, orgIds: [] } }) },
    bus: {
      directory: { get: () => ({ providers: [{ spokeId, epoch: EPOCH }] }) },
      call: (id: string, _input: object, options: object) =>
        Promise.resolve({ envelope: { data: answers[note(id, options)] } }),
      async *subscribe(id: string, _input: object, options: object) {
        note(id, options)
        yield { envelope: { data: { exitCode: 0, signal: null, timedOut: false } } }
      },
    },
  } as never
  const finish = async () =>
    finishWork(
      runtime,
      must(await getSession(db, sessionId)),
      { kind: 'finish', text: 'Done.' },
      { caller: owner, deadline: Date.now() + 60_000, signal: undefined },
    )
  return { spokeId, called, finish, work: () => findMapping(db, sessionId) }
}

test('H15: a session finishes by what the attachment of its spoke says at which its workspace was compared', async () => {
  const { spokeId, called, finish, work } = await working('own')
  expect(await finish()).toMatchObject({ accepted: true, checks: [{ status: 'passed' }] })
  expect(new Set(called.map(([name]) => name))).toEqual(
    new Set(['git.repository', 'git.status', 'shell.run']),
  )
  const attachment = { spokeId, epoch: EPOCH }
  expect(called).toEqual(called.map(([name]) => [name, attachment]))
  expect(await work()).toMatchObject({ status: 'completed' })
})

test('H15: no check runs for a session whose spoke serves another repository now, and its work is not finished', async () => {
  const { called, finish, work } = await working('another')
  await expect(finish()).rejects.toMatchObject({ code: 'WORKSPACE_MISMATCH' })
  expect(called.map(([name]) => name)).not.toContain('shell.run')
  expect(await work()).toMatchObject({ status: 'active' })
})
