import type { EncryptedData } from '@alkdev/crypto'
import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readChanges } from '../changes/read-changes.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createOrganization } from '../identity/organizations.ts'
import {
  countSecretsByVersion,
  deleteClientSecret,
  getClientSecret,
  listSecretsToReencrypt,
  putClientSecret,
  reencryptClientSecret,
} from './client-secrets.ts'
import {
  createClient,
  deleteClient,
  getClientByName,
  listClients,
  loadClients,
  updateClient,
} from './clients.ts'

let database: TestDatabase
let opened: Database
let ownerId: string
const db = () => opened.db

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
  ownerId = (await createAccount(db(), { email: 'owner@example.com' })).id
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

const sealed = (keyVersion: number, data = 'AAAA'): EncryptedData => ({
  keyVersion,
  salt: 'c2FsdA==',
  iv: 'aXY=',
  data,
})
const client = (more: { name?: string; type?: string; orgId?: string; ownerId?: string } = {}) => ({
  name: `c-${uuidv7()}`,
  type: 'llm-provider',
  config: { baseUrl: 'https://example.com' },
  ownerId,
  ...more,
})

test('a client shows whether it has a secret, and the secret stays sealed', async () => {
  const made = await createClient(db(), client(), { apiKey: sealed(1) })
  const found = await getClientByName(db(), made.name)
  expect(found).toEqual(made)
  expect(found?.hasSecret).toBe(true)
  expect((await getClientSecret(db(), made.id, 'apiKey'))?.value).toEqual(sealed(1))
  expect(await deleteClientSecret(db(), made.id, 'apiKey')).toBe(true)
  expect((await getClientByName(db(), made.name))?.hasSecret).toBe(false)
  expect(await getClientByName(db(), 'unknown')).toBeUndefined()
})

test('a name is unique and must match the grammar, and a client that is refused stores no secret', async () => {
  const first = await createClient(db(), client())
  await expect(createClient(db(), client({ name: first.name }))).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'A client of this name exists already.',
  })
  await expect(createClient(db(), client({ name: 'Not OK' }))).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
  const name = `c-${uuidv7()}`
  const broken = { keyVersion: 1 } as EncryptedData
  await expect(createClient(db(), client({ name }), { apiKey: broken })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
  expect(await getClientByName(db(), name)).toBeUndefined()
})

test('clients are seen by their owner and by the members of their organization', async () => {
  const other = await createAccount(db(), { email: `${uuidv7()}@example.com` })
  const org = await createOrganization(db(), { name: `o-${uuidv7()}`, ownerId: other.id })
  const own = await createClient(db(), client({ ownerId: other.id, type: 'vcs' }))
  const shared = await createClient(db(), client({ orgId: org.id, type: 'vcs' }))
  const names = async (accountId: string, orgIds: string[]) =>
    (await listClients(db(), { type: 'vcs', visibleTo: { accountId, orgIds } })).items
      .map((row) => row.id)
      .toSorted()
  expect(await names(other.id, [])).toEqual([own.id])
  expect(await names(other.id, [org.id])).toEqual([own.id, shared.id].toSorted())
  expect(await names(uuidv7(), [])).toEqual([])
})

test('the service that uses clients gets the enabled ones of a type with their sealed secrets', async () => {
  const on = await createClient(db(), client({ type: 'mcp-server' }), { token: sealed(1, 'BBBB') })
  const off = await createClient(db(), client({ type: 'mcp-server' }))
  const before = (await readChanges(db(), 'registry', 0)).latest
  await updateClient(db(), off.id, { enabled: false })
  expect((await readChanges(db(), 'registry', before)).changes).toMatchObject([
    { kind: 'client', subjectIds: [off.id] },
  ])
  const loaded = await loadClients(db(), 'mcp-server')
  expect(loaded).toMatchObject([{ client: { id: on.id }, secrets: { token: sealed(1, 'BBBB') } }])
})

test('re-encryption processes secrets of other keys, and never overwrites a newer secret', async () => {
  const made = await createClient(db(), client(), { a: sealed(7), b: sealed(7), c: sealed(8) })
  const todo = (await listSecretsToReencrypt(db(), 8)).filter((row) => row.clientId === made.id)
  expect(todo.map((row) => row.secretKey).toSorted()).toEqual(['a', 'b'])
  const [first, second] = todo
  if (first === undefined || second === undefined) throw new Error('two were expected')
  expect(await reencryptClientSecret(db(), first, sealed(8))).toBe(true)
  await putClientSecret(db(), made.id, second.secretKey, sealed(9, 'NEW'))
  expect(await reencryptClientSecret(db(), second, sealed(8))).toBe(false)
  expect((await getClientSecret(db(), made.id, second.secretKey))?.value.data).toBe('NEW')
  const counts = await countSecretsByVersion(db())
  expect([counts.get(7), counts.get(8), counts.get(9)]).toEqual([undefined, 2, 1])
  const rest = await listSecretsToReencrypt(db(), 8, { afterId: second.id })
  expect(rest.every((row) => row.id > second.id)).toBe(true)
})

test('deleting a client deletes its secrets; its owner cannot be deleted before', async () => {
  const made = await createClient(db(), client(), { a: sealed(1) })
  await expect(opened.sql`delete from accounts where id = ${ownerId}`).rejects.toMatchObject({
    table_name: expect.any(String),
  })
  expect(await deleteClient(db(), made.id)).toBe(true)
  expect(await getClientSecret(db(), made.id, 'a')).toBeUndefined()
  expect(await deleteClient(db(), made.id)).toBe(false)
})
