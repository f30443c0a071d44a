import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/in-transaction.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { createWorkspace } from '../projects/workspaces.ts'
import {
  claimLostSessions,
  claimSessions,
  releaseSession,
  renewSessions,
} from './claim-sessions.ts'
import { findBeside, holdSession, releaseHeld } from './hold-session.ts'
import { heldSession, inTurn } from './in-turn.ts'
import { addMessage } from './messages.ts'
import { latestRevert, restoreMessages, revertMessages } from './revert-messages.ts'
import { changeSession, createSession, getSession, lockSession } from './sessions.ts'
import { beginTurn, settleIdle } from './turn-lifecycle.ts'

const stack = new AsyncDisposableStack()
let opened: Database
let accountId: string
let projectId: string
let workspaceId: string
let id: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
  accountId = (await createAccount(opened.db, { email: `${uuidv7()}@example.com` })).id
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: accountId })).id
})
afterAll(() => stack.disposeAsync())

const make = async (more: object = {}): Promise<string> => {
  const session = { accountId, projectId, grantId: null as never, title: 'A session', ...more }
  return (await createSession(opened.db, session)).id
}
beforeEach(async () => {
  workspaceId = await createWorkspace(opened.db, { projectId, name: uuidv7() })
  id = await make({ workspaceId })
})

const read = async () => must(await getSession(opened.db, id))
const hold = (leaseMs = 60_000) =>
  inTransaction(opened.db, async (tx) => {
    const before = must(await lockSession(tx, id))
    return { before, claim: await holdSession(tx, before, { workerInstanceId: 'one', leaseMs }) }
  })
const say = (text: string, delivery: 'accepted' | 'delivered') =>
  addMessage(
    opened.db,
    id,
    { role: 'user', mode: 'queue', delivery, parts: [{ type: 'text', data: { text } }] },
    delivery === 'delivered',
  )
const REQUEST = { workerInstanceId: 'two', leaseMs: 60_000, limit: 100 }
const claimDue = async () =>
  (await claimSessions(opened.db, { ...REQUEST, maxPerAccount: 1000 })).find((one) => one.id === id)

test('while a session is held nothing claims it, and no other session gets its workspace', async () => {
  await changeSession(opened.db, id, { status: 'done' })
  const { before, claim } = await hold()
  await say('Go on.', 'accepted')
  expect(await claimDue()).toBeUndefined()
  await expect(make({ workspaceId })).rejects.toMatchObject({ code: 'CONFLICT' })
  await inTransaction(opened.db, (tx) => releaseHeld(tx, claim, before))
  expect(await read()).toMatchObject({ status: 'queued', leaseUntil: null })
  expect(await claimDue()).toMatchObject({ id, token: claim.token + 1 })
})

test.each(['idle', 'done', 'failed'] as const)(
  'a session that was %s is so again after a hold without a message',
  async (status) => {
    await changeSession(opened.db, id, { status })
    const stateSince = new Date('2020-01-02T03:04:05.678Z')
    await opened.sql`update sessions set state_since = ${stateSince.toISOString()} where id = ${id}`
    const { before, claim } = await hold()
    expect(await read()).toMatchObject({ status: 'running', turnId: null })
    await inTransaction(opened.db, (tx) => releaseHeld(tx, claim, before))
    expect(await read()).toMatchObject({ status, stateSince, wakeAt: null })
  },
)

test('one that waits for rights waits on when a message waited already, and begins when it got rights', async () => {
  await changeSession(opened.db, id, { status: 'waiting', waitingOn: 'grant' })
  await say('Go on.', 'accepted')
  const first = await hold()
  await inTransaction(opened.db, (tx) => releaseHeld(tx, first.claim, first.before))
  expect(await read()).toMatchObject({ status: 'waiting', waitingOn: 'grant' })
  const second = await hold()
  const withOther = { ...second.before, grantId: uuidv7() }
  await inTransaction(opened.db, (tx) => releaseHeld(tx, second.claim, withOther))
  expect(await read()).toMatchObject({ status: 'queued', waitingOn: null })
})

test('a hold whose process is gone is taken over when its lease has ended, and what waits begins', async () => {
  const { before, claim } = await hold(-1000)
  const taken = (await claimLostSessions(opened.db, { ...REQUEST, except: [] })).find(
    (one) => one.id === id,
  )
  expect(taken).toMatchObject({ token: claim.token + 1 })
  expect(await inTurn(opened.db, claim, () => Promise.resolve())).toEqual({ kind: 'lost' })
  await inTransaction(opened.db, (tx) => releaseHeld(tx, claim, before))
  expect(await read()).toMatchObject({ status: 'running', turnToken: claim.token + 1 })
  await say('Go on.', 'accepted')
  const begun = await inTurn(opened.db, must(taken), beginTurn)
  expect(begun).toMatchObject({ kind: 'done', value: { sessionId: id } })
})

test('a claim of a session that a fail-over lost changes nothing, also when another process got the same token', async () => {
  const { before, claim: lost } = await hold()
  // As on a standby that did not receive the claim.
  await opened.sql`
    update sessions set status = 'queued', turn_token = ${before.turnToken}, worker_instance_id = null, lease_until = null, wake_at = now()
    where id = ${id}`
  const held = must(await claimDue())
  expect(held).toEqual({ ...lost, workerInstanceId: 'two' })
  expect(await renewSessions(opened.db, [lost], 60_000)).toEqual([])
  expect(await inTurn(opened.db, lost, () => Promise.resolve())).toEqual({ kind: 'lost' })
  expect(await opened.db.execute(sql`with ${heldSession(lost)} select id from held`)).toEqual([])
  expect(await releaseSession(opened.db, lost)).toBe(false)
  await inTransaction(opened.db, (tx) => releaseHeld(tx, lost, before))
  expect(await read()).toMatchObject({ status: 'running', workerInstanceId: 'two' })
  expect(await renewSessions(opened.db, [held], 60_000)).toMatchObject([{ id, isRenewed: true }])
  expect(await inTurn(opened.db, held, () => Promise.resolve(1))).toMatchObject({ kind: 'done' })
})

test('an aborted session whose hold is taken over is aborted again', async () => {
  await opened.sql`update sessions set abort_id = ${uuidv7()} where id = ${id}`
  const { claim } = await hold()
  await inTurn(opened.db, claim, (tx) => settleIdle(tx, id))
  expect(await read()).toMatchObject({ status: 'aborted', leaseUntil: null })
})

test('a live session below it or in its workspace is found, one that has ended is not', async () => {
  const row = await read()
  expect(await findBeside(opened.db, row)).toBeUndefined()
  const child = await make({ parentId: id, rootId: id })
  expect(await findBeside(opened.db, row)).toEqual({ id: child, isChild: true })
  await changeSession(opened.db, child, { status: 'done' })
  expect(await findBeside(opened.db, row)).toBeUndefined()
  await changeSession(opened.db, id, { status: 'done' })
  const other = await make({ workspaceId })
  expect(await findBeside(opened.db, row)).toEqual({ id: other, isChild: false })
})

test('a message that waits for its turn does not keep a revert from being undone', async () => {
  const first = await say('First.', 'delivered')
  const position = must(first.position ?? undefined)
  await inTransaction(opened.db, (tx) => revertMessages(tx, id, { id: first.id, position }))
  await say('Next.', 'accepted')
  expect(await latestRevert(opened.db, id)).toEqual({ undo: undefined })
  expect(await inTransaction(opened.db, (tx) => restoreMessages(tx, id))).toBe(true)
})
