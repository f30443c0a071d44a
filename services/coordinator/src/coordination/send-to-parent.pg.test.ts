import type { Identity } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  ensureProject,
  getGrantState,
  inTransaction,
  openDatabase,
} from '@alkdev/storage'
import { createSession, getSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSessionGrant } from '../sessions/session-grants.ts'
import { childGrant } from './child-grant.ts'
import { sendToParent } from './send-to-parent.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
})
afterAll(() => stack.disposeAsync())

async function account(scopes: readonly string[]): Promise<Identity> {
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(opened.db, { ownerId: id, keyHash: uuidv7(), scopes: [...scopes] })
  return { id, keyId: key.id, scopes }
}

test('what a session says with another key is read with the rights that both have, and else with those of the session above', async () => {
  const owner = await account(['*'])
  const peer = await account(['sessions:write', 'inference:use'])
  const projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: owner.id })).id
  const { parent, child } = await inTransaction(opened.db, async (tx) => {
    const above = await createSession(tx, {
      accountId: owner.id,
      projectId,
      grantId: await newSessionGrant(tx, owner),
      title: 'Lead',
    })
    const below = await createSession(tx, {
      accountId: peer.id,
      projectId,
      grantId: await childGrant(tx, peer, above),
      title: 'Worker',
      parentId: above.id,
      rootId: above.id,
      depth: 1,
    })
    return { parent: above, child: below }
  })
  const session = must(await getSession(opened.db, child.id))
  const say = (text: string, caller: Identity) =>
    inTransaction(opened.db, (tx) => sendToParent(tx, session, { text, caller }))
  await say('of the peer', { ...peer, sessionId: child.id })
  await say('of the owner', { ...owner, scopes: ['inference:use'], sessionId: child.id })
  const [ofPeer, ofOwner] = await opened.sql<
    { grant: string | null; mode: string; metadata: unknown }[]
  >`select grant_id as grant, mode, metadata from messages where session_id = ${parent.id} order by seq`
  expect(ofPeer).toMatchObject({ mode: 'queue', metadata: { ownGrant: true } })
  expect((await getGrantState(opened.db, must(ofPeer?.grant)))?.grant).toMatchObject({
    accountId: peer.id,
    scopes: ['sessions:write', 'inference:use'],
    parentGrantId: parent.grantId,
  })
  expect(ofOwner?.grant).toBeNull()
})
