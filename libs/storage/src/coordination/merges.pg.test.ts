import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { ensureProject } from '../projects/projects.ts'
import { grants } from '../schema/identity/grants.ts'
import { createSessionGrant } from '../sessions/session-rights.ts'
import {
  advanceMerge,
  claimMerges,
  endMerge,
  enqueueMerge,
  listMerges,
  MAX_OPEN_MERGES,
  releaseMerge,
  renewMerges,
} from './merges.ts'

let database: TestDatabase
let opened: Database
beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url, { max: 2 })
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

/** An account with a project and sessions, whose merges can be put into the queue. */
async function merging(name: string) {
  const { db, sql } = opened
  const accountId = (await createAccount(db, { email: `${name}@example.com` })).id
  const projectId = (await ensureProject(db, { slug: name, ownerId: accountId })).id
  const { id: keyId } = await createApiKey(db, {
    ownerId: accountId,
    keyHash: uuidv7(),
    scopes: [],
  })
  const grant = () => createSessionGrant(db, { accountId, keyId, scopes: [], resources: {} })
  const newSession = async (): Promise<string> => {
    const id = uuidv7()
    await sql`insert into sessions ${sql({ id, project_id: projectId, slug: id, title: 'x', status: 'idle', account_id: accountId })}`
    return id
  }
  /** The branch of a session, which is a new one where none is given. */
  const enqueue = async (targetBranch: string, sessionId?: string) => {
    const of = sessionId ?? (await newSession())
    const where = { projectId, accountId, sessionId: of, commonDirId: `c-${name}` }
    return enqueueMerge(
      db,
      {
        ...{ ...where, targetBranch, branch: of, workspaceId: null, taskId: null },
        ...{ leadSessionId: null, checks: [] },
      },
      grant,
    )
  }
  return { accountId, projectId, newSession, enqueue }
}

const request = { workerInstanceId: 'w', leaseMs: 60_000, limit: 8, maxPerAccount: 8 }

/** Ids of the merges that are claimed, in this order. */
async function claim(more: { limit?: number; maxPerAccount?: number } = {}) {
  return claimMerges(opened.db, { ...request, ...more })
}

async function endAll(): Promise<void> {
  await opened.sql`
    update merge_queue set status = 'cancelled', ended_at = now(), lease_until = null, worker_instance_id = null, wake_at = null
    where ended_at is null`
}

test('of the merges of one session, which its account alone lists without a scope, one at a time is claimed', async () => {
  const { db } = opened
  const { accountId, projectId, newSession, enqueue } = await merging('one')
  const sessionId = await newSession()
  const before = await db.$count(grants)
  const ids: string[] = []
  for (const targetBranch of ['one', 'two']) {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    ids.push(must(await enqueue(targetBranch, sessionId)).row.id)
  }
  // Asked for again it is the same one, and no further rights are stored.
  expect(await enqueue('two', sessionId)).toMatchObject({
    isNew: false,
    row: { id: ids[1], grantId: expect.any(String) },
  })
  expect(await db.$count(grants)).toBe(before + 2)
  const listed = async (ownerId: string) =>
    (await listMerges(db, { projectId, ownerId, limit: 5 })).map(({ id }) => id)
  expect(await listed(accountId)).toEqual(ids.toReversed())
  expect(await listed(uuidv7())).toEqual([])
  const first = await claim()
  expect(first.map(({ id }) => id)).toEqual([ids[0]])
  expect(await claim()).toEqual([])
  await endMerge(db, must(first[0]), { status: 'merged', reason: 'merged' })
  expect((await claim()).map(({ id }) => id)).toEqual([ids[1]])
  await endAll()
})

test('the places go to the account with the fewest merges at work first, and none has more than its limit', async () => {
  const [many, few] = [await merging('many'), await merging('few')]
  const queued: string[] = []
  for (let at = 0; at < 6; at += 1)
    // oxlint-disable-next-line no-await-in-loop -- in this order
    queued.push(must(await many.enqueue(`target-${at}`)).row.id)
  const [first, second] = [await few.enqueue('a'), await few.enqueue('b')].map(
    (one) => must(one).row.id,
  )
  const ids = async (limit: number) =>
    (await claim({ limit, maxPerAccount: 3 })).map(({ id }) => id)
  expect(await ids(3)).toEqual([queued[0], first, queued[1]])
  expect(await ids(1)).toEqual([second])
  expect(await ids(8)).toEqual([queued[2]])
  expect(await ids(8)).toEqual([])
  await endAll()
})

test('an account at its limit keeps no other one out of a target, and the order of a target is that of the requests', async () => {
  const [many, few] = [await merging('busy'), await merging('free')]
  await many.enqueue('other')
  expect(await claim({ maxPerAccount: 1 })).toHaveLength(1)
  const [ahead, behind] = [await many.enqueue('goal'), await few.enqueue('goal')].map(
    (one) => must(one).row.id,
  )
  await opened.sql`update merge_queue set common_dir_id = 'shared' where target_branch = 'goal'`
  const claimed = await claim({ maxPerAccount: 1 })
  expect(claimed.map(({ id }) => id)).toEqual([behind])
  await endMerge(opened.db, must(claimed[0]), { status: 'merged', reason: 'merged' })
  expect(must(await few.enqueue('goal')).isNew).toBe(true)
  await opened.sql`update merge_queue set common_dir_id = 'shared' where target_branch = 'goal'`
  expect((await claim({ maxPerAccount: 2 })).map(({ id }) => id)).toEqual([ahead])
  await endAll()
})

test('what an account asks for later, however much it is, does not come before the merge of another one in their target', async () => {
  const [many, few] = [await merging('crowd'), await merging('guest')]
  const asked: string[] = []
  for (const account of [many, many, many, few, many, many, many])
    // oxlint-disable-next-line no-await-in-loop -- in this order
    asked.push(must(await account.enqueue('line')).row.id)
  await opened.sql`update merge_queue set common_dir_id = 'line' where target_branch = 'line'`
  const merged: string[] = []
  for (const _ of asked) {
    // oxlint-disable no-await-in-loop -- one after the other
    const [next, ...more] = await claim()
    expect(more).toEqual([])
    merged.push(must(next).id)
    await endMerge(opened.db, must(next), { status: 'merged', reason: 'merged' })
    // It asks again each time that one of its own has ended.
    await many.enqueue('line')
    await opened.sql`update merge_queue set common_dir_id = 'line' where target_branch = 'line'`
    // oxlint-enable no-await-in-loop
  }
  expect(merged).toEqual(asked)
  await endAll()
})

test('an account has a limit of merges that are not over, and other accounts do not count', async () => {
  const [full, other] = [await merging('full'), await merging('empty')]
  const sessionId = await full.newSession()
  const { row } = must(await full.enqueue('known', sessionId))
  await opened.sql`
    insert into merge_queue (id, project_id, common_dir_id, target_branch, branch, account_id, wake_at)
    select 'm-' || n, ${full.projectId}, 'c', 't-' || n, 'b', ${full.accountId}, now()
    from generate_series(2, ${MAX_OPEN_MERGES}::int) n`
  expect(await full.enqueue('one more')).toBeUndefined()
  expect(await full.enqueue('known', sessionId)).toMatchObject({
    isNew: false,
    row: { id: row.id },
  })
  expect(await other.enqueue('one')).toMatchObject({ isNew: true })
  await endAll()
  expect(await full.enqueue('one more')).toMatchObject({ isNew: true })
})

test('a claim of a merge that a fail-over lost changes nothing, also when another process got the same token', async () => {
  await endAll()
  const { enqueue } = await merging('fail-over')
  const { id } = must(await enqueue('main')).row
  const lost = must((await claim())[0])
  // As on a standby that did not receive the claim.
  await opened.sql`
    update merge_queue set status = 'queued', token = 0, worker_instance_id = null, lease_until = null, wake_at = now() where id = ${id}`
  const held = must((await claimMerges(opened.db, { ...request, workerInstanceId: 'other' }))[0])
  expect(held).toEqual({ ...lost, workerInstanceId: 'other' })
  expect(await renewMerges(opened.db, [lost], 60_000)).toEqual([])
  expect(await advanceMerge(opened.db, lost, { step: 'checked' })).toBe(false)
  expect(await releaseMerge(opened.db, lost, { afterMs: 0, error: null })).toBe(false)
  const end = { status: 'merged', reason: 'merged' } as const
  expect(await endMerge(opened.db, lost, end)).toBeUndefined()
  expect(await renewMerges(opened.db, [held], 60_000)).toMatchObject([{ id, isRenewed: true }])
  expect(await endMerge(opened.db, held, end)).toMatchObject({ id })
})
