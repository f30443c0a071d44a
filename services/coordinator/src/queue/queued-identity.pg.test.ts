import type { Identity } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  moveGrants,
  openDatabase,
  revokeApiKey,
} from '@alkdev/storage'
import { acceptQueuedCalls, claimDueCalls } from '@alkdev/storage/queue'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { queueingCaller } from '../schedules/queueing-caller.ts'
import { claimedIdentity, storedIdentity } from './queued-identity.ts'

const LIMITS = {
  workerInstanceId: 'one',
  leaseMs: 60_000,
  limit: 1,
  maxPerAccount: 10,
  maxPerOperation: 10,
}

const aCall = () => ({
  id: uuidv7(),
  operationName: 'fs.read',
  input: '{}',
  retry: 'safe' as const,
  maxAttempts: 3,
  backoffMs: 100,
  timeoutMs: 1000,
  delayMs: 0,
  expiresAfterMs: 60_000,
  priority: 0,
  depth: 0,
})

test('a key that is replaced after its grant was read is not taken for one that is gone', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id: ownerId } = await createAccount(db, { email: 'rotating@example.org' })
  const scopes = ['a']
  const newKey = async () => (await createApiKey(db, { ownerId, keyHash: uuidv7(), scopes })).id
  let keyId = await newKey()
  const replace = async () => {
    const successor = await newKey()
    await moveGrants(db, keyId, successor)
    await revokeApiKey(db, keyId)
    keyId = successor
  }
  let replacements = 0
  let asked = 0
  const authenticator = {
    async recheck({ id, keyId: checked = '' }: Identity) {
      asked += 1
      if (replacements-- > 0) await replace()
      const [key] = await sql`select from api_keys where id = ${checked} and revoked_at is null`
      return key && { identity: { id, keyId: checked, scopes, orgIds: [] } }
    },
  }
  const caller = { accountId: ownerId, keyId, scopes, resources: {} }
  await acceptQueuedCalls(db, caller, [aCall()], { isSameInput: () => true })
  const claim = must((await claimDueCalls(db, LIMITS)).calls[0])
  const runtime = { db, authenticator }
  await replace()
  expect((await claimedIdentity(runtime, claim)).holders[0]?.identity.keyId).toBe(keyId)
  replacements = 2
  expect((await storedIdentity(runtime, claim)).now).toMatchObject({ keyId, scopes })
  await revokeApiKey(db, keyId)
  asked = 0
  for (const read of [claimedIdentity, storedIdentity])
    await expect(read(runtime, claim)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  // Each time the grant that is stored is read twice.
  expect(asked).toBe(5)
})

test('a call that a token has queued has an end, which what it queues gets as well, and is none after it', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id: ownerId } = await createAccount(db, { email: 'token@example.org' })
  const { id: keyId } = await createApiKey(db, { ownerId, keyHash: uuidv7(), scopes: ['a'] })
  const holder = { identity: { id: ownerId, keyId, scopes: ['a'] } }
  const runtime = { db, authenticator: { recheck: async () => holder } }
  const rightsEndAtMs = Date.now() + 60_000
  const token = { id: ownerId, keyId, scopes: ['a'], rightsEndAtMs }
  await acceptQueuedCalls(db, queueingCaller(token), [aCall()], { isSameInput: () => true })
  const claim = must((await claimDueCalls(db, LIMITS)).calls[0])
  for (const read of [claimedIdentity, storedIdentity]) {
    const { now, granted } = await read(runtime, claim)
    expect(now.rightsEndAtMs).toBe(rightsEndAtMs)
    expect(queueingCaller(granted)).toMatchObject({ rightsEndAtMs })
  }
  await sql`update grants set expires_at = now() where id = ${claim.grantId}`
  await expect(storedIdentity(runtime, claim)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})
