import { CLIENT_SECRET_KEY, clientOrigin, clientSecretPlace } from '@alkdev/contracts'
import { generateKeyRing, KeyRing } from '@alkdev/crypto'
import { must, uuidv7 } from '@alkdev/std'
import { createAccount, createClient, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ProviderDirectory } from './provider-directory.ts'
import { isBroken } from './provider.ts'
import type { Provider } from './provider.ts'

const stack = new AsyncDisposableStack()
const ring = KeyRing.parse(generateKeyRing())
const config = { baseUrl: 'https://models.example.org/v1', keyWeights: { second: 3 } }
const logged: object[] = []
let database: Database
let ownerId: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  database = await openDatabase(postgres.url, { max: 2 })
  stack.defer(() => database.close())
  ownerId = (await createAccount(database.db, { email: 'owner@example.org' })).id
})
afterAll(() => stack.disposeAsync())

async function add(
  name: string,
  given: Record<string, unknown> = config,
  sealedBy = ring,
): Promise<string> {
  const id = uuidv7()
  const origin = clientOrigin('llm-provider', config)
  const sealed = Object.fromEntries(
    ['second', CLIENT_SECRET_KEY].map((key) => [
      key,
      sealedBy.encrypt(`sk-${key}`, clientSecretPlace(id, origin, key)),
    ]),
  )
  await createClient(
    database.db,
    { id, name, type: 'llm-provider', config: given, ownerId },
    sealed,
  )
  return id
}

const directory = (): ProviderDirectory =>
  new ProviderDirectory(database.db, ring, { error: (facts) => logged.push(facts) })

test('a provider has its keys opened, in the order of their names, with their weights', async () => {
  await add('acme')
  const provider = must((await directory().all()).get('acme')) as Provider
  expect(provider.keys.map(({ name, secret, weight }) => [name, secret?.reveal(), weight])).toEqual(
    [
      ['second', 'sk-second', 3],
      [CLIENT_SECRET_KEY, `sk-${CLIENT_SECRET_KEY}`, 1],
    ].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  )
  expect(provider.key?.reveal()).toBe(`sk-${CLIENT_SECRET_KEY}`)
})

test('what was read is believed for a moment, a read for a new name shows it, and what has not changed stays the same object', async () => {
  const one = directory()
  const before = await one.all()
  const id = await add('later')
  expect(await one.all()).toBe(before)
  const after = await one.refreshed()
  expect(after.get('later')?.id).toBe(id)
  expect(after.get('acme')).toBe(before.get('acme'))
})

test('reads at the same time share one look-up', () => {
  const one = directory()
  expect(one.refreshed()).toBe(one.refreshed())
})

test('a provider whose config does not fit, and one whose key cannot be opened, are known as broken', async () => {
  await add('odd', { baseUrl: 7 })
  await add('sealed', config, KeyRing.parse(generateKeyRing()))
  const known = await directory().all()
  for (const name of ['odd', 'sealed']) {
    const provider = must(known.get(name))
    expect(isBroken(provider) && provider.broken).toMatch(/alkhub providers update/)
  }
  expect(logged).toMatchObject([{ provider: 'odd' }, { provider: 'sealed' }])
})

test('without the database the providers cannot be read', async () => {
  const postgres = await createTestDatabase()
  const other = await openDatabase(postgres.url, { max: 1 })
  const one = new ProviderDirectory(other.db, ring, { error: () => undefined })
  await other.close()
  await postgres[Symbol.asyncDispose]()
  await expect(one.all()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
