import { createAccount, createApiKey, findApiKeysByOwner, openDatabase } from '@alkdev/storage'
import type { ApiKeyRow, Database } from '@alkdev/storage'
import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withKeyRights } from './with-key-rights.ts'
import type { KeyTransaction } from './with-key-rights.ts'

let database: TestDatabase
let opened: Database

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url, { max: 6 })
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

async function parentKey(): Promise<ApiKeyRow> {
  const { id: ownerId } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const scopes = ['keys:*', 'fs:read']
  return createApiKey(opened.db, { ownerId, keyHash: uuidv7(), scopes })
}

const contextOf = ({ id, ownerId, scopes }: ApiKeyRow) => ({
  requestId: uuidv7(),
  identity: { id: ownerId, keyId: id, scopes },
})

/** What `keys.create` does with the rights of the parent. */
const makeChild = (parent: ApiKeyRow) =>
  withKeyRights(opened, contextOf(parent), async ({ keys, rights }) => {
    await rights.enforceCovered({ scopes: ['fs:read'], resources: {} })
    rights.enforceEnd(Number.POSITIVE_INFINITY)
    return keys.create({ ownerId: parent.ownerId, name: 'child', scopes: ['fs:read'] })
  })

/** Statements that wait for a lock. */
const waiting = async (): Promise<number> => {
  const rows = await opened.sql`
    select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return rows[0]?.['n'] as number
}

const children = async ({ ownerId, id }: ApiKeyRow): Promise<number> =>
  (await findApiKeysByOwner(opened.db, ownerId)).filter((key) => key.id !== id).length

const later = "2999-01-01T00:00:00Z'::timestamptz"

test.for([
  ['revoked', 'revoked_at = now()', 'UNAUTHENTICATED'],
  ['disabled', 'enabled = false', 'UNAUTHENTICATED'],
  ['rotated without a grace period', 'expires_at = now()', 'UNAUTHENTICATED'],
  ['given an end', `expires_at = '${later}`, 'ACCESS_DENIED'],
  ['given fewer scopes', "scopes = '{keys:*}'", 'ACCESS_DENIED'],
] as const)('a key that is %s while it makes another one makes none', async ([, change, code]) => {
  const parent = await parentKey()
  let made: Promise<unknown> = Promise.resolve()
  await opened.sql.begin(async (sql) => {
    await sql.unsafe(`update api_keys set ${change} where id = $1`, [parent.id])
    made = makeChild(parent)
    made.catch(() => undefined)
    await expect.poll(waiting).toBe(1)
  })
  await expect(made).rejects.toMatchObject({ code })
  expect(await children(parent)).toBe(0)
})

test('a revocation waits for the key that is being made, and takes effect after it', async () => {
  const parent = await parentKey()
  let revoked: Promise<unknown> = Promise.resolve()
  await withKeyRights(opened, contextOf(parent), async ({ keys }: KeyTransaction) => {
    revoked = opened.sql`update api_keys set revoked_at = now() where id = ${parent.id}`.execute()
    await expect.poll(waiting).toBe(1)
    return keys.create({ ownerId: parent.ownerId, name: 'child', scopes: [] })
  })
  await revoked
  expect(await children(parent)).toBe(1)
  await expect(makeChild(parent)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('one key makes many at once, during changes of itself, and each request ends', async () => {
  const parent = await parentKey()
  const change = () =>
    withKeyRights(
      opened,
      contextOf(parent),
      ({ keys }) => keys.update(parent.id, { description: uuidv7() }),
      parent.id,
    )
  await Promise.all(
    Array.from({ length: 20 }, (_one, at) => (at % 4 === 0 ? change() : makeChild(parent))),
  )
  expect(await children(parent)).toBe(15)
})
