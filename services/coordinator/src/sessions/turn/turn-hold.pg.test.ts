import type { Identity } from '@alkdev/operations'
import { createMetrics } from '@alkdev/service/testing'
import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  ensureProject,
  inTransaction,
  openDatabase,
  revokeApiKey,
} from '@alkdev/storage'
import { claimSessions, createSession, endTurn, parkTurn } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptPrompt } from '../accept-prompt.ts'
import { workspaceUsers } from '../end-workspace-use.ts'
import { newSessionGrant } from '../session-grants.ts'
import { TurnHold } from './turn-hold.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
})
afterAll(() => stack.disposeAsync())

async function account() {
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const scopes = ['sessions:write']
  const key = await createApiKey(opened.db, { ownerId: id, keyHash: uuidv7(), scopes })
  return { id, keyId: key.id, scopes }
}

/** The key check of a service, as far as a turn asks it. */
async function recheck({ id, keyId = '' }: Identity) {
  const [key] =
    await opened.sql`select scopes from api_keys where id = ${keyId} and revoked_at is null`
  return key && { identity: { id, keyId, scopes: key['scopes'] as string[], orgIds: [] } }
}

const metrics = createMetrics('coordinator')
const runtime = () => ({ db: opened.db, authenticator: { recheck }, metrics }) as never

/** The turn of a prompt of another account than that of the session. */
async function foreignTurn() {
  const { db } = opened
  const [owner, colleague] = [await account(), await account()]
  const { id: projectId } = await ensureProject(db, { slug: 'p', ownerId: owner.id })
  const sessionId = uuidv7()
  await inTransaction(db, async (tx) => {
    const grantId = await newSessionGrant(tx, owner)
    await createSession(tx, { id: sessionId, accountId: owner.id, projectId, grantId, title: 'x' })
    await acceptPrompt(tx, colleague, sessionId, { text: 'Do it.' })
  })
  const claims = await claimSessions(db, {
    workerInstanceId: 'one',
    leaseMs: 60_000,
    limit: 100,
    maxPerAccount: 1000,
  })
  const hold = new TurnHold({
    runtime: runtime(),
    claim: must(claims.find(({ id }) => id === sessionId)),
    isHeld: () => true,
    onWritten: () => undefined,
    onAsked: () => undefined,
    onWithdrawn: () => undefined,
    onFired: () => undefined,
  })
  await hold.open()
  return { owner, colleague, sessionId, hold }
}

test('the time of work on a turn is that of all processes that worked on it', async () => {
  const { hold } = await foreignTurn()
  expect(hold.workedMs).toBeLessThan(60_000)
  await hold.write((tx, row) =>
    parkTurn(tx, row, hold.turn.id, {
      wakeSeq: row.wakeSeq,
      waitingOn: 'rate-limit',
      waits: [],
      afterMs: 0,
      workedMs: 60_000,
    }),
  )
  const claims = await claimSessions(opened.db, {
    workerInstanceId: 'two',
    leaseMs: 60_000,
    limit: 100,
    maxPerAccount: 1000,
  })
  const claim = must(claims.find(({ id }) => id === hold.session.id))
  const next = new TurnHold({ ...hold.options, claim })
  await next.open()
  expect(next.workedMs).toBeGreaterThan(60_000)
  expect(await next.end({ reason: 'turn-limit' })).toBe('ended')
  expect(await metrics.render()).toContain('alkhub_session_turn_seconds_count 1')
})

test('a revoked key of the sender of a message ends its turn, and the session goes on with the next message', async () => {
  const { owner, colleague, sessionId, hold } = await foreignTurn()
  expect((await hold.rights()).identity).toMatchObject({ id: colleague.id, sessionId })
  await revokeApiKey(opened.db, colleague.keyId)
  await expect(hold.rights()).rejects.toMatchObject({
    end: { reason: 'revoked', waitingOn: undefined },
  })
  await inTransaction(opened.db, (tx) => acceptPrompt(tx, owner, sessionId, { text: 'Go on.' }))
  const { end } = await hold.revoked('{}')
  expect(await hold.end(end)).toBe('ended')
  const [session] =
    await opened.sql`select status, waiting_on from sessions where id = ${sessionId}`
  expect(session).toEqual({ status: 'queued', waiting_on: null })
})

test('a session whose own key was revoked waits for a grant, also in a turn of another account', async () => {
  const { owner, hold } = await foreignTurn()
  await revokeApiKey(opened.db, owner.keyId)
  await expect(hold.rights()).rejects.toMatchObject({
    end: { reason: 'revoked', waitingOn: 'grant' },
  })
})

test('the processes of a session are ended for all accounts that had turns in it', async () => {
  const { owner, colleague, sessionId, hold } = await foreignTurn()
  await hold.write((tx, row) => endTurn(tx, row, hold.turn.id, { reason: 'completed' }))
  const idsOf = async () => (await workspaceUsers(runtime(), owner, sessionId)).map(({ id }) => id)
  expect(await idsOf()).toEqual([owner.id, colleague.id])
  await revokeApiKey(opened.db, colleague.keyId)
  expect(await idsOf()).toEqual([owner.id])
})
