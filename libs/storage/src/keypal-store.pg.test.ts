import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { storageConformance } from 'keypal/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readChanges } from './changes/read-changes.ts'
import { openDatabase } from './database/open-database.ts'
import type { Database } from './database/open-database.ts'
import { createAccount, setAccountStatus } from './identity/accounts.ts'
import { createOrganization } from './identity/organizations.ts'
import { createDrizzleKeyStore } from './keypal-store.ts'

let database: TestDatabase
let opened: Database

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

const account = async (): Promise<string> =>
  (await createAccount(opened.db, { email: `${uuidv7()}@example.com` })).id
const latest = async (): Promise<number> => (await readChanges(opened.db, 'identity', 0)).latest

test.each(storageConformance('append-only'))('$name', async ({ run }) => {
  const [ownerA, ownerB] = [await account(), await account()]
  await expect(
    run({ store: createDrizzleKeyStore(opened.db), ownerA, ownerB }),
  ).resolves.toBeUndefined()
})

test('a key of an account that does not exist is refused', async () => {
  const keys = createKeys({ storage: createDrizzleKeyStore(opened.db) })
  await expect(keys.create({ ownerId: uuidv7() })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: 'There is no such account.',
  })
})

test('revoking, disabling, enabling, updating and rotating each notify every process with one numbered change', async () => {
  const keys = createKeys({ prefix: 'alk_', storage: createDrizzleKeyStore(opened.db) })
  const { record } = await keys.create({ ownerId: await account() })
  const before = await latest()
  await keys.disable(record.id)
  await keys.enable(record.id)
  await keys.update(record.id, { scopes: ['fs:read'] })
  await keys.rotate(record.id, { graceMs: 60_000 })
  await keys.revoke(record.id)
  const { changes } = await readChanges(opened.db, 'identity', before)
  expect(changes.map(({ kind, subjectIds }) => [kind, ...subjectIds])).toEqual(
    Array.from({ length: 5 }, () => ['key', record.id]),
  )
})

test('a change that is refused or rolled back announces nothing and leaves no log', async () => {
  const store = createDrizzleKeyStore(opened.db)
  const keys = createKeys({ prefix: 'alk_', storage: store, auditLogs: true })
  const { record } = await keys.create({ ownerId: await account() })
  const other = await keys.create({ ownerId: record.metadata.ownerId })
  const before = await latest()
  await expect(keys.enable(record.id)).rejects.toThrow('enabled already')
  await expect(
    store.rotate(record.id, {}, { ...other.record, id: uuidv7() }),
  ).rejects.toMatchObject({ code: 'KEY_EXISTS' })
  expect(await latest()).toBe(before)
  expect(await keys.countLogs({ keyId: record.id })).toBe(1)
})

test('keys of a suspended account are refused, and those of an active one have its organizations', async () => {
  const keys = createKeys({
    prefix: 'alk_',
    storage: createDrizzleKeyStore(opened.db),
    cache: false,
  })
  const ownerId = await account()
  const { id } = await createOrganization(opened.db, { name: `o-${uuidv7()}`, ownerId })
  const { key } = await keys.create({ ownerId })
  expect((await keys.verify(key)).record?.owner).toEqual({ active: true, orgIds: [id] })
  await setAccountStatus(opened.db, ownerId, 'suspended')
  expect((await keys.verify(key)).errorCode).toBe('OWNER_INACTIVE')
})

test('when an administrator acts on the key of another account, the log names the administrator, and the owner finds the entry', async () => {
  const keys = createKeys({
    prefix: 'alk_',
    storage: createDrizzleKeyStore(opened.db),
    auditLogs: true,
  })
  const [ownerId, admin] = [await account(), await account()]
  const shown = await keys.create({ ownerId: admin })
  const { record } = await keys.create({ ownerId })
  await keys.revoke(record.id, {
    userId: admin,
    actorKeyId: shown.record.id,
    requestId: 'r1',
    userAgent: 'cli',
  })
  const [log] = await keys.getLogs({ ownerId })
  expect(log).toMatchObject({
    action: 'revoked',
    ownerId,
    keyId: record.id,
    context: { userId: admin, actorKeyId: shown.record.id, requestId: 'r1', userAgent: 'cli' },
  })
  await expect(keys.clearLogs(record.id)).rejects.toMatchObject({ code: 'STORAGE_NOT_SUPPORTED' })
})

test('uses of thousands of keys are written in batches', async () => {
  const store = createDrizzleKeyStore(opened.db)
  const keys = createKeys({ storage: store })
  const { record } = await keys.create({ ownerId: await account() })
  const lastUsedAt = new Date().toISOString()
  const usage = Array.from({ length: 5001 }, () => ({ keyId: uuidv7(), count: 1, lastUsedAt }))
  await store.recordUsage([...usage, { keyId: record.id, count: 3, lastUsedAt }])
  expect((await store.findById(record.id))?.metadata.usageCount).toBe(3)
})
