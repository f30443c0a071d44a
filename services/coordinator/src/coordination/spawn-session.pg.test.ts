import type { CoordSpawnInput } from '@alkdev/contracts/agents'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  ensureProject,
  inTransaction,
  openDatabase,
  syncTasks,
} from '@alkdev/storage'
import {
  abortTree,
  claimSpawns,
  findEndedBudgets,
  readTreeStatus,
} from '@alkdev/storage/coordination'
import { openBudget } from '@alkdev/storage/inference'
import { createSession, getSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSessionGrant } from '../sessions/session-grants.ts'
import { runSpawn } from './spawn-saga.ts'
import { spawnSession } from './spawn-session.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>
let owner: Identity
let projectId: string

const LIMITS = { maxDepth: 3, maxChildren: 8, maxChildrenPerMinute: 20, maxDescendants: 64 }
const SCOPES = ['*']

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 12 }))
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(opened.db, { ownerId: id, keyHash: uuidv7(), scopes: SCOPES })
  owner = { id, keyId: key.id, scopes: SCOPES }
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: owner.id })).id
})
afterAll(() => stack.disposeAsync())

async function lead(): Promise<string> {
  const { id } = await inTransaction(opened.db, async (tx) =>
    createSession(tx, {
      accountId: owner.id,
      projectId,
      grantId: await newSessionGrant(tx, owner),
      title: 'Lead',
      mode: 'external',
    }),
  )
  return id
}

const spawn = (input: Partial<CoordSpawnInput>, limits = LIMITS, caller = owner) =>
  spawnSession(
    { db: opened.db, config: { sessions: limits } } as unknown as Parameters<
      typeof spawnSession
    >[0],
    caller,
    { prompt: 'Work.', ...input },
    { identity: caller },
  )

const reasonOf = (error: unknown): unknown =>
  error instanceof CallError ? (error.details as { reason?: unknown }).reason : error

const abort = (sessionId: string) =>
  inTransaction(opened.db, (tx) =>
    abortTree(tx, { abortId: uuidv7(), sessionId, accountId: owner.id, reason: 'Enough.' }),
  )

const tree = (sessionId: string) =>
  readTreeStatus(opened.db, { top: { sessionId }, limit: 1000, withEnded: true })

test('R19: the same key of the same parent gives the same session, also to requests at once', async () => {
  const parentSessionId = await lead()
  const all = await Promise.all(
    Array.from({ length: 10 }, () => spawn({ parentSessionId, key: 'one' })),
  )
  expect(new Set(all.map(({ mapping }) => mapping.sessionId)).size).toBe(1)
  expect(all.filter(({ isNew }) => isNew)).toHaveLength(1)
  const other = spawn({ parentSessionId, key: 'one', prompt: 'Something else.' })
  await expect(other).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('R19: the same key gives the same session also when its model is gone', async () => {
  const parentSessionId = await lead()
  let isGone = false
  const bus = {
    call: () =>
      isGone ? Promise.reject(new CallError('MODEL_NOT_FOUND', 'Gone.')) : Promise.resolve({}),
  }
  const runtime = { db: opened.db, bus, config: { sessions: LIMITS } }
  const ask = (key: string) =>
    spawnSession(
      runtime as unknown as Parameters<typeof spawnSession>[0],
      owner,
      { parentSessionId, prompt: 'Work.', model: 'a/b', key },
      { identity: owner },
    )
  const { mapping } = await ask('one')
  isGone = true
  expect(await ask('one')).toMatchObject({
    isNew: false,
    mapping: { sessionId: mapping.sessionId },
  })
  await expect(ask('two')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
})

test('R17: of 100 spawns at once below one tree exactly as many succeed as it may have descendants', async () => {
  const root = await lead()
  const wide = { ...LIMITS, maxChildren: 1000, maxChildrenPerMinute: 1000 }
  const first = await spawn({ parentSessionId: root, key: 'middle' }, wide)
  await opened.sql`update sessions set role_chain = '{any}', status = 'idle', spawn_step = 'prompted' where id = ${first.mapping.sessionId}`
  const results = await Promise.allSettled(
    Array.from({ length: 100 }, (_, at) =>
      spawn({ parentSessionId: at % 2 === 0 ? root : first.mapping.sessionId }, wide),
    ),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(63)
  const reasons = results.flatMap((one) =>
    one.status === 'rejected' ? [reasonOf(one.reason)] : [],
  )
  expect(new Set(reasons)).toEqual(new Set(['descendants']))
  expect(await tree(root)).toHaveLength(65)
})

test.each([
  ['children', { ...LIMITS, maxChildren: 2 }],
  ['rate', { ...LIMITS, maxChildrenPerMinute: 2 }],
] as const)('R17: the limit of %s refuses the third session', async (reason, limits) => {
  const parentSessionId = await lead()
  await spawn({ parentSessionId }, limits)
  await spawn({ parentSessionId }, limits)
  expect(await spawn({ parentSessionId }, limits).catch(reasonOf)).toBe(reason)
})

test('R17: sessions of an account without a parent are limited as those of one parent', async () => {
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(opened.db, { ownerId: id, keyHash: uuidv7(), scopes: SCOPES })
  const other = { id, keyId: key.id, scopes: SCOPES }
  const limits = { ...LIMITS, maxChildren: 2 }
  const [first] = [await spawn({}, limits, other), await spawn({}, limits, other)]
  expect(reasonOf(await spawn({}, limits, other).catch((error: unknown) => error))).toBe('children')
  await abort(first.mapping.sessionId)
  expect(await spawn({}, limits, other)).toMatchObject({ isNew: true })
})

test('the claim of a task by a spawn needs the scope `tasks:write`', async () => {
  const narrow = { ...owner, scopes: ['coord:write'] }
  await expect(spawn({ task: 'any' }, LIMITS, narrow)).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    details: { missing: ['tasks:write'] },
  })
})

test('R17: the limit of depth counts from the top', async () => {
  let parentSessionId = await lead()
  for (let depth = 0; depth < 3; depth++) {
    // oxlint-disable-next-line no-await-in-loop -- one below the other
    const { mapping } = await spawn({ parentSessionId })
    parentSessionId = mapping.sessionId
    // oxlint-disable-next-line no-await-in-loop -- as above
    await opened.sql`update sessions set role_chain = '{any}' where id = ${parentSessionId}`
  }
  expect(await spawn({ parentSessionId }).catch(reasonOf)).toBe('depth')
})

test('H24: no session is left working below a tree that is aborted while sessions are spawned in it', async () => {
  for (let round = 0; round < 5; round++) {
    // oxlint-disable-next-line no-await-in-loop -- one round after the other
    const root = await lead()
    const spawns = Array.from({ length: 8 }, () => spawn({ parentSessionId: root }))
    // oxlint-disable-next-line no-await-in-loop -- as above
    const [aborted, ...results] = await Promise.allSettled([abort(root), ...spawns])
    expect(aborted.status).toBe('fulfilled')
    // oxlint-disable-next-line no-await-in-loop -- as above
    const rows = await tree(root)
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['aborted']))
    const reasons = results.map((one) =>
      one.status === 'rejected' ? reasonOf(one.reason) : 'parent-ended',
    )
    expect(new Set(reasons)).toEqual(new Set(['parent-ended']))
    expect(await spawn({ parentSessionId: root }).catch(reasonOf)).toBe('parent-ended')
  }
})

test('H26: the budget of a session is taken from the one above it, and no more than that', async () => {
  const parentSessionId = await lead()
  await openBudget(opened.db, { sessionId: parentSessionId, unit: 'cost', limitAmount: 100 })
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, () => spawn({ parentSessionId, budget: { cost: 30 } })),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  const refused = results.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as CallError] : [],
  )
  expect(refused.map(({ code }) => code)).toEqual([
    'BUDGET_EXCEEDED',
    'BUDGET_EXCEEDED',
    'BUDGET_EXCEEDED',
  ])
  const [top, ...below] = await tree(parentSessionId)
  expect(top?.costBudget).toMatchObject({ limit: 100, reserved: 90 })
  expect(below.map(({ costBudget }) => costBudget?.limit)).toEqual([30, 30, 30])
})

test('the budget of a session that has ended stays open as long as a session below it works', async () => {
  const parentSessionId = await lead()
  await openBudget(opened.db, { sessionId: parentSessionId, unit: 'cost', limitAmount: 100 })
  const middle = (await spawn({ parentSessionId, budget: { cost: 30 } })).mapping.sessionId
  await opened.sql`update sessions set role_chain = '{any}' where id = ${middle}`
  const lowest = (await spawn({ parentSessionId: middle })).mapping.sessionId
  const [budget] = await opened.sql`select id from budgets where subject_id = ${middle}`
  const end = (id: string) => opened.sql`update sessions set status = 'done' where id = ${id}`
  await end(middle)
  expect(await findEndedBudgets(opened.db, 100)).not.toContain(budget?.['id'])
  await end(lowest)
  expect(await findEndedBudgets(opened.db, 100)).toContain(budget?.['id'])
})

test('R19: a task goes to one session, and not to a fourth one within the hour', async () => {
  await syncTasks(opened.db, { projectId, tasks: [{ slug: 'a', name: 'A' }] })
  const parentSessionId = await lead()
  const results = await Promise.allSettled(
    Array.from({ length: 5 }, () => spawn({ parentSessionId, task: 'a' })),
  )
  const won = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(won).toHaveLength(1)
  const refused = results.flatMap((one) =>
    one.status === 'rejected' ? [reasonOf(one.reason)] : [],
  )
  expect(refused).toEqual(['task-claimed', 'task-claimed', 'task-claimed', 'task-claimed'])
  const giveBack = async (sessionId: string): Promise<void> => {
    await opened.sql`update task_claims set released_at = now(), session_id = null where session_id = ${sessionId}`
    await opened.sql`update tasks set status = 'pending' where slug = 'a'`
  }
  await giveBack(must(won[0]).mapping.sessionId)
  for (let respawn = 0; respawn < 2; respawn++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const again = await spawn({ parentSessionId, task: 'a' })
    // oxlint-disable-next-line no-await-in-loop -- as above
    await giveBack(again.mapping.sessionId)
  }
  expect(await spawn({ parentSessionId, task: 'a' }).catch(reasonOf)).toBe('respawn')
  expect(
    await spawn({ parentSessionId, task: 'none' }).catch((error: CallError) => error.code),
  ).toBe('TASK_NOT_FOUND')
})

test('an abort says what each session was doing, and raises its token so that its process writes nothing more', async () => {
  const root = await lead()
  const { mapping } = await spawn({ parentSessionId: root })
  const before = must(await getSession(opened.db, mapping.sessionId))
  const { sessions } = await abort(root)
  expect(new Set(sessions.map(({ id }) => id))).toEqual(new Set([root, mapping.sessionId]))
  for (const { status, endReason } of sessions)
    expect([status, endReason]).toEqual(['aborted', 'parent-abort'])
  const after = must(await getSession(opened.db, mapping.sessionId))
  expect(after.turnToken).toBeGreaterThan(before.turnToken)
  const receipts = await opened.sql`
    select was_status, stopped_at is not null as stopped from session_abort_receipts where session_id = ${mapping.sessionId}`
  expect([...receipts]).toEqual([{ was_status: 'queued', stopped: true }])
  const [message] = await opened.sql`
    select delivery, refusal from messages where session_id = ${mapping.sessionId}`
  expect(message).toMatchObject({ delivery: 'refused', refusal: 'aborted' })
  expect((await abort(root)).sessions).toEqual([])
})

/** The steps of a creation without a worktree need only the database. */
const goOn = (sessionId: string) =>
  runSpawn(
    { db: opened.db, config: { sessions: { handOverMs: 5000 } } } as unknown as Parameters<
      typeof runSpawn
    >[0],
    sessionId,
  )

const claimLeft = () => claimSpawns(opened.db, { leaseMs: 30_000, limit: 100 })

test('H25: a creation whose process is gone is completed by the next one, and the session starts once', async () => {
  const { mapping } = await spawn({ parentSessionId: await lead() })
  const { sessionId } = mapping
  expect(await claimLeft()).not.toContain(sessionId)
  await opened.sql`update sessions set spawn_lease_until = now() - interval '1 second' where id = ${sessionId}`
  const claims = await Promise.all([claimLeft(), claimLeft()])
  expect(claims.flat().filter((id) => id === sessionId)).toHaveLength(1)
  const results = await Promise.all([goOn(sessionId), goOn(sessionId), goOn(sessionId)])
  expect(results.filter(({ kind }) => kind === 'prompted')).toHaveLength(1)
  const session = must(await getSession(opened.db, sessionId))
  expect([session.status, session.spawnStep, session.spawnPlan]).toEqual([
    'queued',
    'prompted',
    null,
  ])
  const [waiting] = await opened.sql`
    select count(*)::int as n from messages where session_id = ${sessionId} and delivery = 'accepted'`
  expect(waiting).toEqual({ n: 1 })
})

test('H25: a creation that was aborted between its steps is not continued', async () => {
  const root = await lead()
  const { mapping } = await spawn({ parentSessionId: root })
  await abort(root)
  expect(await goOn(mapping.sessionId)).toEqual({ kind: 'gone' })
  expect((await getSession(opened.db, mapping.sessionId))?.status).toBe('aborted')
})

test('the trees of an account without ended sessions are those with a session that has not ended', async () => {
  const over = await lead()
  await spawn({ parentSessionId: over })
  await abort(over)
  const open = await lead()
  const { mapping } = await spawn({ parentSessionId: open })
  await opened.sql`update sessions set status = 'failed' where id = ${open}`
  const rows = await readTreeStatus(opened.db, {
    top: { accountId: owner.id },
    limit: 1000,
    withEnded: false,
  })
  const ids = rows.map(({ id }) => id)
  expect(ids).toContain(open)
  expect(ids).toContain(mapping.sessionId)
  expect(ids).not.toContain(over)
})
