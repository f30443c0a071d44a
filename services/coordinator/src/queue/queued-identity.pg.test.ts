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
import { claimedIdentity, storedIdentity } from './queued-identity.ts'

const LIMITS = {
  workerInstanceId: 'one',
  leaseMs: 60_000,
  limit: 1,
  maxPerAccount: 10,
  maxPerOperation: 10,
}

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
  const call = {
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
  }
  await acceptQueuedCalls(db, caller, [call], { isSameInput: () => true })
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
