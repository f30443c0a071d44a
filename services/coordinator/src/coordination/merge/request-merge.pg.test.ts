import type { Authenticated } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { grantRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { must, uuidv7 } from '@alkdev/std'
import {
  attachSpoke,
  createAccount,
  createApiKey,
  createWorkspace,
  ensureProject,
  inTransaction,
  openDatabase,
} from '@alkdev/storage'
import { createSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSessionGrant } from '../../sessions/session-grants.ts'
import { requestMerge } from './request-merge.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
})
afterAll(() => stack.disposeAsync())

async function account(): Promise<Identity> {
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(opened.db, { ownerId: id, keyHash: uuidv7(), scopes: ['*'] })
  return { id, keyId: key.id, scopes: ['*'] }
}

test('a merge that a session of another account asks for uses no spoke of the caller alone, and ends with the rights of the session', async () => {
  const { db } = opened
  const owner = await account()
  const colleague = await account()
  const projectId = (await ensureProject(db, { slug: 'p', ownerId: owner.id })).id
  const { spokeId } = await attachSpoke(db, {
    name: 'laptop',
    spokeType: 'dev-env',
    ownerId: colleague.id,
    instanceId: uuidv7(),
    sessionTokenHash: 'x',
  })
  const workspaceId = uuidv7()
  const place = { spokeId, branch: 'work', worktree: 'work', commonDirId: 'c' }
  await createWorkspace(db, { id: workspaceId, projectId, name: 'w', ...place })
  const { lead, worker } = await inTransaction(db, async (tx) => {
    const above = await createSession(tx, {
      accountId: owner.id,
      projectId,
      grantId: await newSessionGrant(tx, owner),
      title: 'Lead',
    })
    const below = await createSession(tx, {
      accountId: owner.id,
      projectId,
      workspaceId,
      grantId: must(above.grantId),
      title: 'Worker',
      parentId: above.id,
      rootId: above.id,
      depth: 1,
    })
    return { lead: above, worker: below }
  })
  const ask = async (caller: Identity, target: string) => {
    const runtime = { db } as unknown as Parameters<typeof requestMerge>[0]
    const input = { sessionId: worker.id, target }
    const { row } = await requestMerge(runtime, caller, input, async () => undefined)
    return must(row.grantId)
  }
  const rightsOf = (grantId: string) => {
    const recheck = async (identity: Identity) =>
      ({ identity: { ...identity, scopes: ['*'] } }) as unknown as Authenticated
    const authenticator = { recheck } as unknown as ServiceRuntime['authenticator']
    return grantRights({ db, authenticator }, grantId)
  }
  const ofSession = await ask({ ...colleague, sessionId: lead.id, sharedOnly: true }, 'main')
  const ofOwner = await ask(owner, 'release')
  expect((await rightsOf(ofSession))?.identity).toMatchObject({
    id: colleague.id,
    sharedOnly: true,
  })
  expect((await rightsOf(ofOwner))?.identity).not.toHaveProperty('sharedOnly')
  await opened.sql`update grants set revoked_at = now() where id = ${must(lead.grantId)}`
  expect(await rightsOf(ofSession)).toBeUndefined()
  expect(await rightsOf(ofOwner)).toBeDefined()
})
