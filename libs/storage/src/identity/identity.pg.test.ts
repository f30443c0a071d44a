import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readChanges } from '../changes/read-changes.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount, getAccount, getAccountByEmail, setAccountStatus } from './accounts.ts'
import {
  createApiKey,
  deleteApiKey,
  findApiKeysByTags,
  getApiKey,
  listApiKeys,
  revokeApiKey,
  updateApiKey,
} from './api-keys.ts'
import { createGrant, getGrantState, revokeGrant } from './grants.ts'
import { findApiKeyByHash, findKeyHolder } from './key-holder.ts'
import { recordKeyUsage } from './key-usage.ts'
import {
  createOrganization,
  getOrganization,
  listOrgIds,
  removeMember,
  setMembership,
  transferOwnership,
} from './organizations.ts'

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

const account = () => createAccount(db(), { email: `${uuidv7()}@example.com` })
const key = (ownerId: string) => createApiKey(db(), { ownerId, keyHash: uuidv7() })
const latest = async () => (await readChanges(db(), 'identity', 0)).latest

test('an account is found by its e-mail address in upper and lower case, and the address is unique', async () => {
  const made = await createAccount(db(), { email: ' Ada@Example.COM ', displayName: 'Ada' })
  expect(made).toMatchObject({ email: 'ada@example.com', status: 'active', accessLevel: 'user' })
  expect(made.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  expect(await getAccountByEmail(db(), 'ADA@example.com')).toEqual(made)
  await expect(createAccount(db(), { email: 'ADA@EXAMPLE.COM' })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'An account with this e-mail address exists already.',
  })
  await expect(createAccount(db(), { email: 'invalid' })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})

test('an id that is not a UUID finds nothing and does not fail', async () => {
  expect(await getAccount(db(), "x' or 1=1")).toBeUndefined()
})

test('a key is found by its hash with the state of its account and its organizations', async () => {
  const owner = await account()
  const made = await key(owner.id)
  const org = await createOrganization(db(), { name: `o-${uuidv7()}`, ownerId: owner.id })
  await setAccountStatus(db(), owner.id, 'suspended')
  const found = await findApiKeyByHash(db(), made.keyHash)
  expect(found).toMatchObject({
    key: { id: made.id, enabled: true, usageCount: 0, scopes: [] },
    accountStatus: 'suspended',
    accessLevel: 'user',
    orgIds: [org.id],
  })
  expect(await findKeyHolder(db(), made.id)).toEqual(found)
  expect(await findApiKeyByHash(db(), 'unknown')).toBeUndefined()
})

test('columns of a key are changed one by one, so that a late count of uses cannot undo a revocation', async () => {
  const made = await key((await account()).id)
  const used = new Date('2030-01-02T03:04:05.678Z')
  await Promise.all([
    recordKeyUsage(db(), [{ keyId: made.id, count: 3, lastUsedAt: used }]),
    revokeApiKey(db(), made.id),
    updateApiKey(db(), made.id, { enabled: false }),
    updateApiKey(db(), made.id, { tags: ['CI', 'nightly'], scopes: ['fs:read'] }),
    recordKeyUsage(db(), [
      { keyId: made.id, count: 1, lastUsedAt: new Date(0) },
      { keyId: made.id, count: 1, lastUsedAt: new Date(1) },
      { keyId: 'gone', count: 1, lastUsedAt: used },
    ]),
  ])
  const row = await getApiKey(db(), made.id)
  expect(row).toMatchObject({
    enabled: false,
    usageCount: 5,
    lastUsedAt: used,
    tags: ['ci', 'nightly'],
    scopes: ['fs:read'],
  })
  expect(row?.revokedAt).toBeInstanceOf(Date)
})

test('revoking twice changes nothing the second time, and each real change is announced once', async () => {
  const made = await key((await account()).id)
  const before = await latest()
  const first = await revokeApiKey(db(), made.id)
  const second = await revokeApiKey(db(), made.id)
  expect([first?.changed, second?.changed]).toEqual([true, false])
  expect(second?.row.revokedAt).toEqual(first?.row.revokedAt)
  expect(await revokeApiKey(db(), 'unknown')).toBeUndefined()
  const { changes } = await readChanges(db(), 'identity', before)
  expect(changes).toEqual([{ number: before + 1, kind: 'key', subjectIds: [made.id] }])
})

test('keys are listed newest first, page by page, and revoked ones only on request', async () => {
  const owner = await account()
  const made = []
  for (let n = 0; n < 5; n += 1) made.push((await key(owner.id)).id)
  await revokeApiKey(db(), made[2] ?? '')
  const first = await listApiKeys(db(), { ownerId: owner.id, limit: 2 })
  const second = await listApiKeys(db(), {
    ownerId: owner.id,
    limit: 2,
    cursor: first.nextCursor ?? '',
  })
  const ids = [...first.items, ...second.items].map((row) => row.id)
  expect(ids).toEqual([made[4], made[3], made[1], made[0]])
  expect(second.nextCursor).toBeUndefined()
  const all = await listApiKeys(db(), { ownerId: owner.id, includeRevoked: true })
  expect(all.items).toHaveLength(5)
})

test('a cursor that was tampered with and a limit out of range are refused as bad input', async () => {
  const ownerId = (await account()).id
  for (const cursor of [
    '',
    'zzz',
    Buffer.from('["2020"]').toString('base64url'),
    Buffer.from('["x","y"]').toString('base64url'),
  ]) {
    await expect(listApiKeys(db(), { ownerId, cursor })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  }
  await expect(listApiKeys(db(), { ownerId, limit: 201 })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})

test('keys are found by any of several tags, of one owner or of all', async () => {
  const [a, b] = [await account(), await account()]
  const tag = uuidv7()
  const first = await createApiKey(db(), { ownerId: a.id, keyHash: uuidv7(), tags: [tag, 'x'] })
  await createApiKey(db(), { ownerId: b.id, keyHash: uuidv7(), tags: [tag] })
  expect(await findApiKeysByTags(db(), [tag.toUpperCase(), 'nope'])).toHaveLength(2)
  expect((await findApiKeysByTags(db(), [tag], a.id)).map((row) => row.id)).toEqual([first.id])
  expect(await findApiKeysByTags(db(), [])).toEqual([])
})

test('deleting a key announces it once', async () => {
  const made = await key((await account()).id)
  const before = await latest()
  expect([await deleteApiKey(db(), made.id), await deleteApiKey(db(), made.id)]).toEqual([
    true,
    false,
  ])
  expect(await latest()).toBe(before + 1)
})

test('a key of an account that does not exist is refused, and the message shows no SQL', async () => {
  const error = await key('unknown').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'CONFLICT' })
  expect((error as Error).message).not.toMatch(/insert|api_keys/i)
})

test('the owner of an organization cannot cease to be a member', async () => {
  const [owner, other] = [await account(), await account()]
  const org = await createOrganization(db(), { name: `o-${uuidv7()}`, ownerId: owner.id })
  await expect(removeMember(db(), org.id, owner.id)).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { rule: 'rule_organizations_owner_is_member' },
  })
  await expect(setMembership(db(), org.id, owner.id, 'admin')).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
  await expect(transferOwnership(db(), org.id, other.id)).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  await setMembership(db(), org.id, other.id, 'member')
  await transferOwnership(db(), org.id, other.id)
  expect((await getOrganization(db(), org.id))?.ownerId).toBe(other.id)
  expect(await removeMember(db(), org.id, owner.id)).toBe(true)
  expect(await listOrgIds(db(), owner.id)).toEqual([])
})

test('a transfer of ownership to a member that is being removed never ends with an owner outside the organization', async () => {
  for (let round = 0; round < 12; round += 1) {
    const [owner, other] = [await account(), await account()]
    const org = await createOrganization(db(), { name: `o-${uuidv7()}`, ownerId: owner.id })
    await setMembership(db(), org.id, other.id, 'admin')
    const outcomes = await Promise.allSettled([
      transferOwnership(db(), org.id, other.id),
      removeMember(db(), org.id, other.id),
    ])
    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(1)
    const now = await getOrganization(db(), org.id)
    expect(await listOrgIds(db(), now?.ownerId ?? '')).toContain(org.id)
  }
})

test('a grant is returned with the state of its key and account, and ends with either', async () => {
  const owner = await account()
  const made = await key(owner.id)
  const grant = await createGrant(db(), {
    accountId: owner.id,
    keyId: made.id,
    scopes: ['fs:read'],
    resources: { 'project:1': ['read'] },
  })
  expect(await getGrantState(db(), grant.id)).toEqual({
    grant,
    accountStatus: 'active',
    key: { enabled: true, revokedAt: null, expiresAt: null, scopes: [] },
    orgIds: [],
  })
  const unreadable = await createGrant(db(), {
    accountId: owner.id,
    keyId: made.id,
    metadata: { withinOrgs: 'all' },
  })
  expect(await getGrantState(db(), unreadable.id)).toMatchObject({ withinOrgs: [], orgIds: [] })
  await revokeApiKey(db(), made.id)
  await setAccountStatus(db(), owner.id, 'deactivated')
  const later = await getGrantState(db(), grant.id)
  expect(later).toMatchObject({
    accountStatus: 'deactivated',
    key: { revokedAt: expect.any(Date) },
  })
  const before = await latest()
  expect(await revokeGrant(db(), grant.id, 'no longer needed')).toBe(true)
  expect(await revokeGrant(db(), grant.id, 'again')).toBe(false)
  expect(await latest()).toBe(before + 1)
  await deleteApiKey(db(), made.id)
  expect(await getGrantState(db(), grant.id)).toBeUndefined()
})
