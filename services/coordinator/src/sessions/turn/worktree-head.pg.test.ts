import { must, uuidv7 } from '@alkdev/std'
import {
  attachSpoke,
  createAccount,
  createApiKey,
  createWorkspace,
  ensureProject,
  inTransaction,
  openDatabase,
  updateWorkspace,
} from '@alkdev/storage'
import { claimSessions, createSession, inTurn, releaseSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptPrompt } from '../accept-prompt.ts'
import { newSessionGrant } from '../session-grants.ts'
import { ClaimLost } from './claim-lost.ts'
import { TurnHold } from './turn-hold.ts'
import { WorktreeHead } from './worktree-head.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
})
afterAll(() => stack.disposeAsync())

/** A session with a turn in a worktree whose head is known, and what a process that claims it knows of that head. */
async function turnInWorktree() {
  const { db } = opened
  const { id: ownerId } = await createAccount(db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(db, { ownerId, keyHash: uuidv7(), scopes: ['*'] })
  const owner = { id: ownerId, keyId: key.id, scopes: ['*'] }
  const { id: projectId } = await ensureProject(db, { slug: 'p', ownerId })
  const spoke = { name: `s-${uuidv7()}`, spokeType: 'dev-env' as const, ownerId }
  const attached = { ...spoke, instanceId: uuidv7(), sessionTokenHash: 'x' }
  const { spokeId } = await attachSpoke(db, attached)
  const place = { projectId, spokeId, name: 'w', branch: 'w', worktree: 'w' }
  const workspaceId = await createWorkspace(db, place)
  const sessionId = uuidv7()
  await inTransaction(db, async (tx) => {
    const grantId = await newSessionGrant(tx, owner)
    const session = { accountId: ownerId, projectId, workspaceId, grantId, title: 'x' }
    await createSession(tx, { id: sessionId, ...session })
    await acceptPrompt(tx, owner, sessionId, { text: 'Do it.' })
  })
  await updateWorkspace(db, workspaceId, { expectedHead: 'a' })
  return async () => {
    const limits = { leaseMs: 60_000, limit: 100, maxPerAccount: 1000 }
    const claims = await claimSessions(db, { workerInstanceId: uuidv7(), ...limits })
    const claim = must(claims.find(({ id }) => id === sessionId))
    const runtime = { db } as never
    const unused = { onAsked: () => undefined, onWithdrawn: () => undefined }
    const written = { onWritten: () => undefined, onFired: () => undefined }
    const hold = new TurnHold({ runtime, claim, isHeld: () => true, ...unused, ...written })
    await hold.open()
    const found = await hold.place()
    const head = new WorktreeHead({
      runtime,
      claim,
      turnId: hold.turn.id,
      place: found,
      check: { attachmentOf: () => Promise.resolve({ spokeId: 'one', epoch: 1 }) },
    })
    return { claim, head, found: found?.head }
  }
}

test('a process that takes a turn over expects no head that calls of the one before may have moved', async () => {
  const claimed = await turnInWorktree()
  const first = await claimed()
  expect(first.found).toBe('a')
  await first.head.forget()
  await releaseSession(opened.db, first.claim)
  const second = await claimed()
  expect(second.found).toBeUndefined()
  await inTurn(opened.db, second.claim, (tx) => second.head.remember(tx, 'b'))
  await releaseSession(opened.db, second.claim)
  expect((await claimed()).found).toBe('b')
})

test('a process that lost its claim forgets no head, and makes no call', async () => {
  const claimed = await turnInWorktree()
  const first = await claimed()
  await releaseSession(opened.db, first.claim)
  const second = await claimed()
  await expect(first.head.forget()).rejects.toBeInstanceOf(ClaimLost)
  await releaseSession(opened.db, second.claim)
  expect((await claimed()).found).toBe('a')
})
