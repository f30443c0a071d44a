import { uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createDrizzleKeyStore,
  createOrganization,
  moveGrants,
  openDatabase,
  revokeApiKey,
} from '@alkdev/storage'
import { createSessionGrant } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { grantRights } from './grant-rights.ts'
import { createKeyAuthenticator } from './key-authenticator.ts'
import { KEY_PREFIX } from './key-prefix.ts'

const stack = new AsyncDisposableStack()
let database: Awaited<ReturnType<typeof openDatabase>>
let keys: ReturnType<typeof createKeys>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  database = stack.use(await openDatabase(postgres.url, { max: 2 }))
  keys = stack.use(
    createKeys({ prefix: KEY_PREFIX, storage: createDrizzleKeyStore(database.db), cache: false }),
  )
})
afterAll(() => stack.disposeAsync())

const rightsOf = (grantId: string) =>
  grantRights({ db: database.db, authenticator: createKeyAuthenticator(keys) }, grantId)

async function holder(scopes: string[]) {
  const { id: accountId } = await createAccount(database.db, { email: `${uuidv7()}@example.com` })
  const { record } = await keys.create({ ownerId: accountId, scopes })
  return { accountId, keyId: record.id, scopes, resources: {} }
}

test('a grant below another one has the rights of both, and ends with the key or at the end of the upper one', async () => {
  const [owner, member] = [await holder(['a:x', 'b:x']), await holder(['b:x', 'c:x'])]
  const upper = await createSessionGrant(database.db, owner)
  const lower = await createSessionGrant(database.db, member, upper)
  const rights = await rightsOf(lower)
  expect(rights?.identity).toMatchObject({
    id: member.accountId,
    scopes: ['b:x'],
    sharedOnly: true,
    withinOrgs: [],
  })
  expect(rights?.holders.map(({ identity }) => identity.id)).toEqual([
    member.accountId,
    owner.accountId,
  ])
  await database.sql`update grants set expires_at = now() - interval '1 minute' where id = ${upper}`
  expect(await rightsOf(lower)).toBeUndefined()
  await database.sql`update grants set expires_at = null where id = ${upper}`
  expect(await rightsOf(lower)).toBeDefined()
  await revokeApiKey(database.db, owner.keyId)
  expect(await rightsOf(lower)).toBeUndefined()
})

test('a grant has the organizations that all grants above it allow', async () => {
  const owner = await holder(['a:x'])
  const [{ id: one }, { id: two }] = [
    await createOrganization(database.db, { name: uuidv7(), ownerId: owner.accountId }),
    await createOrganization(database.db, { name: uuidv7(), ownerId: owner.accountId }),
  ]
  const upper = await createSessionGrant(database.db, { ...owner, withinOrgs: [one] })
  const lower = await createSessionGrant(database.db, { ...owner, withinOrgs: [one, two] }, upper)
  expect((await rightsOf(lower))?.identity).toMatchObject({ orgIds: [one], withinOrgs: [one] })
})

test('a key that is replaced after its grant was read is not taken for one that is gone', async () => {
  const owner = await holder(['a:x'])
  const grantId = await createSessionGrant(database.db, owner)
  const { record } = await keys.create({ ownerId: owner.accountId, scopes: ['a:x'] })
  const checked = createKeyAuthenticator(keys)
  const authenticator: Parameters<typeof grantRights>[0]['authenticator'] = {
    ...checked,
    async recheck(identity) {
      if (identity.keyId === owner.keyId) {
        await moveGrants(database.db, owner.keyId, record.id)
        await revokeApiKey(database.db, owner.keyId)
      }
      return checked.recheck(identity)
    },
  }
  const rights = await grantRights({ db: database.db, authenticator }, grantId)
  expect(rights?.holders.map(({ identity }) => identity.keyId)).toEqual([record.id])
  await revokeApiKey(database.db, record.id)
  expect(await rightsOf(grantId)).toBeUndefined()
})
