import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readChanges } from '../changes/read-changes.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { attachSpoke } from '../registry/attach-spoke.ts'
import { deleteSpoke, disconnectSpoke } from '../registry/spoke-status.ts'
import { createAccount } from './accounts.ts'
import { createApiKey, getApiKey } from './api-keys.ts'
import { createGrant, getGrantState } from './grants.ts'

let database: TestDatabase
let opened: Database
const db = () => opened.db

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

test('deleting a spoke removes the right to call it from every key and grant, and notifies every process', async () => {
  const [owner, caller] = await Promise.all(
    ['owner', 'caller'].map((name) => createAccount(db(), { email: `${name}@example.com` })),
  )
  const ownerId = owner?.id ?? ''
  const callerId = caller?.id ?? ''
  const attach = (name: string) =>
    attachSpoke(db(), {
      name,
      spokeType: 'client',
      ownerId,
      instanceId: uuidv7(),
      sessionTokenHash: uuidv7(),
    })
  const gone = await attach('gone')
  await attach('other')
  const key = (resources: Record<string, string[]>) =>
    createApiKey(db(), { ownerId: callerId, keyHash: uuidv7(), resources })
  const rest = { 'spoke:other': ['call'], 'spoke:*': ['read'], 'project:gone': ['read'] }
  const holder = await key({ 'spoke:gone': ['call'], ...rest })
  const untouched = await key(rest)
  const grant = await createGrant(db(), {
    accountId: callerId,
    keyId: holder.id,
    resources: { 'spoke:gone': ['call'], ...rest },
  })
  const { latest } = await readChanges(db(), 'identity', 0)
  expect(await deleteSpoke(db(), gone.spokeId)).toBeUndefined()
  await disconnectSpoke(db(), gone.spokeId)
  expect(await deleteSpoke(db(), gone.spokeId)).toBeTypeOf('number')
  expect((await getApiKey(db(), holder.id))?.resources).toEqual(rest)
  expect((await getGrantState(db(), grant.id))?.grant.resources).toEqual(rest)
  expect(await getApiKey(db(), untouched.id)).toEqual(untouched)
  const { changes } = await readChanges(db(), 'identity', latest)
  expect(changes.map(({ kind, subjectIds }) => [kind, subjectIds])).toEqual([
    ['key', [holder.id]],
    ['grant', [grant.id]],
  ])
  expect(await deleteSpoke(db(), gone.spokeId)).toBeUndefined()
})
