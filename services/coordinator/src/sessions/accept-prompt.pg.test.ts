import type { Identity } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  createOrganization,
  ensureProject,
  getGrantState,
  inTransaction,
  openDatabase,
} from '@alkdev/storage'
import {
  beginTurn,
  claimSessions,
  createSession,
  endTurn,
  getMessage,
  getSession,
  inTurn,
} from '@alkdev/storage/sessions'
import type { SessionClaim } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { acceptPrompt } from './accept-prompt.ts'
import type { Prompt } from './accept-prompt.ts'
import { newSessionGrant } from './session-grants.ts'
import { turnRights } from './turn/turn-rights.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>
let owner: Identity
let colleague: Identity
let projectId: string
let id: string

const SCOPES = ['sessions:write', 'shell:run']
const account = async (): Promise<Identity> => {
  const { id: ownerId } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(opened.db, { ownerId, keyHash: uuidv7(), scopes: SCOPES })
  return { id: ownerId, keyId: key.id, scopes: SCOPES }
}

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
  owner = await account()
  colleague = await account()
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: owner.id })).id
})
afterAll(() => stack.disposeAsync())

beforeEach(async () => {
  id = uuidv7()
  await inTransaction(opened.db, async (tx) =>
    createSession(tx, {
      id,
      accountId: owner.id,
      projectId,
      grantId: await newSessionGrant(tx, owner),
      title: 'A session',
    }),
  )
})

const prompt = async (caller: Identity, more: Partial<Prompt> = {}) => {
  const accepted = await inTransaction(opened.db, (tx) =>
    acceptPrompt(tx, caller, id, { text: 'Do it.', ...more }),
  )
  return accepted.view.message
}

const claimed = async (): Promise<SessionClaim> => {
  const claims = await claimSessions(opened.db, {
    workerInstanceId: 'one',
    leaseMs: 60_000,
    limit: 100,
    maxPerAccount: 1000,
  })
  return must(claims.find((one) => one.id === id))
}

const begin = async (claim: SessionClaim) => {
  const begun = await inTurn(opened.db, claim, beginTurn)
  return begun.kind === 'done' ? begun.value : undefined
}

test('a turn is steered only by its account with all of its rights', async () => {
  await prompt(owner)
  const turn = must(await begin(await claimed()))
  const steer = { mode: 'steer' } as const
  const rights = { code: 'MESSAGE_REFUSED', details: { reason: 'rights', turnId: turn.id } }
  await expect(prompt(colleague, steer)).rejects.toMatchObject(rights)
  const narrower = { ...owner, scopes: ['sessions:write'] }
  await expect(prompt(narrower, steer)).rejects.toMatchObject(rights)
  expect(await prompt(colleague, { ...steer, fallback: 'queue' })).toMatchObject({ mode: 'queue' })
  expect(await prompt(owner, { ...steer, fallback: 'queue' })).toMatchObject({
    mode: 'steer',
    expectedTurnId: turn.id,
  })
})

test('a message that is sent again is the message that is there, another text under its id is refused', async () => {
  const messageId = uuidv7()
  const first = await prompt(owner, { messageId })
  expect(await prompt(owner, { messageId })).toEqual(first)
  const conflict = { code: 'CONFLICT' }
  await expect(prompt(owner, { messageId, text: 'Do it not.' })).rejects.toMatchObject(conflict)
  await expect(prompt(colleague, { messageId })).rejects.toMatchObject(conflict)
})

test('a prompt with a part of the rights of the key starts a turn with that part', async () => {
  const { grantId } = await prompt({ ...owner, scopes: ['sessions:write'] })
  const state = must(await getGrantState(opened.db, must(grantId ?? undefined)))
  expect(state.grant.scopes).toEqual(['sessions:write'])
  expect((await prompt(owner)).grantId).toBeNull()
})

test('a prompt that a spoke sends on behalf of the account starts a turn within the organizations of both', async () => {
  const make = async (name: string) =>
    (await createOrganization(opened.db, { id: uuidv7(), name, ownerId: owner.id })).id
  const [shared, other] = [await make('shared'), await make('other')]
  const acting = { ...owner, withinOrgs: [shared] }
  const { grantId } = await prompt(acting)
  const state = must(await getGrantState(opened.db, must(grantId ?? undefined)))
  expect(state).toMatchObject({ withinOrgs: [shared], orgIds: [shared] })
  const holder = { identity: { ...owner, orgIds: [shared, other] } }
  const authenticator = { recheck: async () => holder }
  const { identity } = await turnRights(
    { db: opened.db, authenticator } as never,
    id,
    state.grant.id,
  )
  expect(identity).toMatchObject({ orgIds: [shared], withinOrgs: [shared] })
  const direct = await turnRights(
    { db: opened.db, authenticator } as never,
    id,
    must(await getSession(opened.db, id)).grantId,
  )
  expect(direct.identity.orgIds?.toSorted()).toEqual([shared, other].toSorted())
  expect((await prompt(owner)).grantId).toBeNull()
})

test('a message whose grant was deleted with its key is refused, and never gets the rights of the session', async () => {
  const other = await account()
  const message = await prompt(other)
  await opened.sql`delete from api_keys where id = ${must(other.keyId)}`
  const claim = await claimed()
  expect(await begin(claim)).toBeUndefined()
  expect(await getMessage(opened.db, id, message.id)).toMatchObject({
    delivery: 'refused',
    refusal: 'grant',
  })
  const own = await prompt(owner)
  const turn = must(await begin(claim))
  expect(turn.messageId).toBe(own.id)
  await inTurn(opened.db, claim, (tx, row) => endTurn(tx, row, turn.id, { reason: 'completed' }))
})

test('a session that is claimed and has no turn yet takes a prompt, which its holder starts', async () => {
  await prompt(owner)
  const claim = await claimed()
  await prompt(owner)
  expect(await getSession(opened.db, id)).toMatchObject({ status: 'running', turnId: null })
  expect(await begin(claim)).toBeDefined()
})

test('a session holds at most 100 messages that wait', async () => {
  for (let nr = 0; nr < 100; nr++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await prompt(owner)
  }
  await expect(prompt(owner)).rejects.toMatchObject({
    code: 'MESSAGE_REFUSED',
    details: { reason: 'full' },
  })
})

test('a prompt with an OAuth token starts a turn that ends with the token', async () => {
  const rightsEndAtMs = Date.now() + 60_000
  const { grantId } = await prompt({ ...owner, rightsEndAtMs })
  const state = must(await getGrantState(opened.db, must(grantId ?? undefined)))
  expect(state.grant.expiresAt?.getTime()).toBe(rightsEndAtMs)
  const turn = must(await begin(await claimed()))
  const steer = { mode: 'steer' } as const
  const earlier = { ...owner, rightsEndAtMs: rightsEndAtMs - 1 }
  await expect(prompt(earlier, steer)).rejects.toMatchObject({
    details: { reason: 'rights', turnId: turn.id },
  })
  expect(await prompt({ ...owner, rightsEndAtMs }, steer)).toMatchObject({ mode: 'steer' })
})

test('a session that a token created gets new rights with the next prompt of its account', async () => {
  const ended = { ...owner, rightsEndAtMs: Date.now() - 1 }
  const grantId = await inTransaction(opened.db, (tx) => newSessionGrant(tx, ended))
  await opened.sql`update sessions set grant_id = ${grantId} where id = ${id}`
  await expect(prompt(colleague)).rejects.toMatchObject({
    code: 'MESSAGE_REFUSED',
    details: { reason: 'grant' },
  })
  expect((await prompt(owner)).grantId).toBeNull()
  const renewed = must((await getSession(opened.db, id))?.grantId ?? undefined)
  expect(renewed).not.toBe(grantId)
  expect((await getGrantState(opened.db, renewed))?.grant.expiresAt).toBeNull()
})
