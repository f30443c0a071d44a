import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/in-transaction.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { createWorkspace } from '../projects/workspaces.ts'
import { claimTask } from '../tasks/claim-task.ts'
import { readTask } from '../tasks/read-claims.ts'
import { syncTasks } from '../tasks/sync-tasks.ts'
import {
  endLostSession,
  findLostPlaces,
  findLostSpawns,
  findReturnedPlaces,
  isLostSpawn,
  recordParked,
} from './lost-places.ts'
import { createMapping, findMapping } from './mappings.ts'

const AFTER = { afterMs: 5000, limit: 100 }
let database: TestDatabase
let opened: Database
let ownerId: string
let otherId: string
beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url, { max: 4 })
  ownerId = (await createAccount(opened.db, { email: 'a@example.com' })).id
  otherId = (await createAccount(opened.db, { email: 'b@example.com' })).id
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await opened.sql`delete from task_claims`
  await opened.sql`update sessions set status = 'failed', spawn_step = null, worker_instance_id = null, lease_until = null`
  await opened.sql`delete from workspaces`
  await opened.sql`delete from spokes`
})

/** A spoke whose status has been so for this many seconds. */
async function spoke(
  name: string,
  status: 'connected' | 'suspended' | 'disconnected',
  seconds: number,
  more: object = {},
) {
  const at = new Date(Date.now() - seconds * 1000).toISOString()
  const id = uuidv7()
  const columns = {
    connected: { instance_id: 'i', connected_at: at },
    suspended: { suspended_at: at, connected_at: '1970-01-01T00:00:00Z' },
    disconnected: { disconnected_at: at, connected_at: '1970-01-01T00:00:00Z' },
  }[status]
  const row = { id, name, spoke_type: 'dev-env', owner_id: ownerId, status, ...columns, ...more }
  await opened.sql`insert into spokes ${opened.sql(row)}`
  return id
}

/** A session that works on a task at a spoke. */
async function working(spokeId: string, columns: object = {}) {
  const { db, sql } = opened
  const projectId = (await ensureProject(db, { slug: `p-${uuidv7()}`, ownerId })).id
  await syncTasks(db, { projectId, tasks: [{ slug: 'a', name: 'A' }] })
  const place = { projectId, spokeId, name: 'w', worktree: 'w', branch: 'w', expectedHead: 'h' }
  const workspaceId = await createWorkspace(db, { ...place, commonDirId: 'c' })
  const id = uuidv7()
  await sql`insert into sessions ${sql({ id, project_id: projectId, slug: id, title: 'x', status: 'idle', workspace_id: workspaceId, ...columns })}`
  const taskId = must(await readTask(db, projectId, 'a')).task.id
  await createMapping(db, {
    sessionId: id,
    taskId,
    task: 'a',
    workspaceId,
    spokeId,
    report: 'half',
  })
  const claimed = await inTransaction(db, (tx) =>
    claimTask(tx, { taskId, holder: { sessionId: id } }),
  )
  expect(claimed.claimed).toBe(true)
  return { id, projectId, taskId, workspaceId }
}

const lost = async () => (await findLostPlaces(opened.db, AFTER)).map(({ sessionId }) => sessionId)

test('a session is lost when its spoke is disconnected for a while, and another one could go on all that time', async () => {
  const home = await spoke('home', 'disconnected', 10)
  const { id } = await working(home)
  expect(await lost()).toEqual([])
  await spoke('other', 'connected', 3600)
  const [found] = await findLostPlaces(opened.db, AFTER)
  expect(found).toMatchObject({
    ...{ sessionId: id, spoke: 'home', worktree: 'w', branch: 'w', commonDirId: 'c', head: 'h' },
    others: [{ name: 'other', epoch: 0 }],
  })
  expect(await findLostPlaces(opened.db, { ...AFTER, afterMs: 60_000 })).toEqual([])
})

test('lost sessions come page by page, each with all spokes that may go on', async () => {
  const home = await spoke('home', 'disconnected', 10)
  // oxlint-disable-next-line no-await-in-loop -- in this order
  for (let at = 0; at < 12; at++) await spoke(`other-${at}`, 'connected', 3600)
  const sessionIds = []
  // oxlint-disable-next-line no-await-in-loop -- as above
  for (let at = 0; at < 3; at++) sessionIds.push((await working(home)).id)
  const first = await findLostPlaces(opened.db, { ...AFTER, limit: 2 })
  const after = first.at(-1)?.sessionId
  const second = await findLostPlaces(opened.db, { ...AFTER, limit: 2, after })
  expect([...first, ...second].map(({ sessionId }) => sessionId)).toEqual(sessionIds)
  expect(first[0]?.others).toHaveLength(12)
})

const changes: Readonly<Record<string, string>> = {
  'its spoke is only suspended': `update spokes set status = 'suspended', disconnected_at = null, suspended_at = now() - interval '1 hour' where name = 'home'`,
  'its spoke has returned': `update spokes set status = 'connected', instance_id = 'i', disconnected_at = null where name = 'home'`,
  'the other one takes no calls': `update spokes set unresponsive_since = now() where name = 'other'`,
  'the other one is no dev spoke': `update spokes set spoke_type = 'client' where name = 'other'`,
  'the other one was attached a moment ago, as after an outage of the hub': `update spokes set connected_at = now() - interval '20 seconds' where name = 'other'`,
  'the session holds no task': `update task_claims set released_at = now(), session_id = null`,
  'the session has ended': `update sessions set status = 'aborted'`,
}

test.each(Object.keys(changes))('a session is not lost when %s', async (what) => {
  await working(await spoke('home', 'disconnected', 10))
  await spoke('other', 'connected', 3600)
  expect(await lost()).toHaveLength(1)
  await opened.sql.unsafe(must(changes[what]))
  expect(await lost()).toEqual([])
})

test('a spoke that was attached after the loss counts when it has stayed for a while', async () => {
  await working(await spoke('home', 'disconnected', 300))
  await spoke('other', 'connected', 30)
  expect(await lost()).toEqual([])
  await opened.sql`update spokes set connected_at = now() - interval '70 seconds' where name = 'other'`
  expect(await lost()).toHaveLength(1)
})

test('a spoke of another account counts when it is known to serve the git folder', async () => {
  const { projectId } = await working(await spoke('home', 'disconnected', 10))
  const strange = await spoke('strange', 'connected', 3600, { owner_id: otherId })
  expect(await lost()).toEqual([])
  await createWorkspace(opened.db, { projectId, spokeId: strange, name: 's', commonDirId: 'c' })
  expect(await lost()).toHaveLength(1)
})

const end = (id: string) =>
  inTransaction(opened.db, (tx) =>
    endLostSession(tx, id, { reason: 'It is gone.', evidence: { branch: 'w', savedRef: 'r' } }),
  )

test('R21: the end of a lost session gives its task back with what it left, once, and raises its claim', async () => {
  const { sql, db } = opened
  const home = await spoke('home', 'disconnected', 10)
  const running = {
    status: 'running',
    worker_instance_id: 'i',
    lease_until: new Date(Date.now() + 60_000).toISOString(),
    turn_token: 3,
  }
  const { id, taskId, projectId } = await working(home, running)
  await sql`insert into messages (id, session_id, seq, role, mode, delivery, data)
    values (${uuidv7()}, ${id}, 1, 'user', 'queue', 'accepted', '{}')`
  const ends = await Promise.all([end(id), end(id), end(id)])
  expect(ends.filter((one) => one !== undefined)).toHaveLength(1)
  expect(must(ends.find((one) => one !== undefined)).tasks.map(({ slug }) => slug)).toEqual(['a'])
  const [session] = await sql`
    select status, end_reason, turn_token::int as token, worker_instance_id as worker from sessions where id = ${id}`
  expect(session).toEqual({ status: 'failed', end_reason: 'spoke-gone', token: 4, worker: null })
  const [message] = await sql`select delivery, refusal from messages where session_id = ${id}`
  expect(message).toEqual({ delivery: 'refused', refusal: 'spoke-gone' })
  const { task, claim } = must(await readTask(db, projectId, 'a'))
  expect([task.status, claim?.sessionId]).toEqual(['pending', null])
  const left = { branch: 'w', savedRef: 'r', report: 'half' }
  expect(claim?.evidence).toEqual({ ...left, holder: { sessionId: id } })
  expect(await findMapping(db, id)).toMatchObject({ status: 'failed', evidence: left })
  expect(taskId).toBe(task.id)
})

test('a spoke that returned before keeps its session and the task', async () => {
  const { id, projectId } = await working(await spoke('home', 'disconnected', 10))
  await opened.sql`update spokes set status = 'connected', instance_id = 'i', disconnected_at = null`
  expect(await end(id)).toBeUndefined()
  expect(must(await readTask(opened.db, projectId, 'a')).claim?.sessionId).toBe(id)
})

test('what a spoke brings back is recorded once, and named to the session that has the task now', async () => {
  const { db, sql } = opened
  const home = await spoke('home', 'disconnected', 10)
  const { id, taskId, projectId } = await working(home)
  await end(id)
  const [place, ...more] = await findReturnedPlaces(db, home)
  expect([place?.sessionId, place?.worktree, more]).toEqual([id, 'w', []])
  const next = uuidv7()
  await sql`insert into sessions ${sql({ id: next, project_id: projectId, slug: next, title: 'x', status: 'idle' })}`
  await inTransaction(db, (tx) => claimTask(tx, { taskId, holder: { sessionId: next } }))
  expect(await recordParked(db, must(place), { parkedRef: 'p' })).toBe(next)
  expect(must(await readTask(db, projectId, 'a')).claim?.evidence).toMatchObject({
    savedRef: 'r',
    parkedRef: 'p',
  })
  expect(await findReturnedPlaces(db, home)).toEqual([])
})

test('a creation that waits for a spoke which is gone is lost while another one is attached', async () => {
  const { db, sql } = opened
  await spoke('home', 'disconnected', 10)
  const projectId = (await ensureProject(db, { slug: 'spawns', ownerId })).id
  const id = uuidv7()
  const plan = JSON.stringify({ prompt: 'x', messageId: 'm', worktree: { spoke: 'home' } })
  await sql`insert into sessions (id, project_id, slug, title, status, spawn_step, spawn_plan)
    values (${id}, ${projectId}, ${id}, 'x', 'queued', 'claimed', ${plan}::text::jsonb)`
  expect([await findLostSpawns(db, AFTER), await isLostSpawn(db, id, 5000)]).toEqual([[], false])
  await spoke('other', 'connected', 3600)
  expect([await findLostSpawns(db, AFTER), await isLostSpawn(db, id, 5000)]).toEqual([[], false])
  await sql`update sessions set created_at = now() - interval '21 seconds' where id = ${id}`
  expect([await findLostSpawns(db, AFTER), await isLostSpawn(db, id, 5000)]).toEqual([[id], true])
})
