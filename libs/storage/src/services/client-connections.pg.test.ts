import type { OperationSpec } from '@alkdev/operations'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { loadRegistry } from '../registry/load-registry.ts'
import {
  claimClient,
  releaseClient,
  renewClients,
  setConnectionState,
} from './client-connections.ts'
import { acceptClientOperations, listClientOperations } from './client-registrations.ts'
import { replaceClientOperations } from './replace-client-operations.ts'
import { createClient } from './clients.ts'

let database: TestDatabase
let opened: Database
let ownerId: string

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url, { max: 2 })
  ownerId = (await createAccount(opened.db, { email: 'owner@example.org' })).id
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

async function newClient(name: string): Promise<string> {
  const config = { url: 'https://mcp.example.org' }
  return (await createClient(opened.db, { name, type: 'mcp-server', config, ownerId })).id
}

const leaseMs = 60_000
const claim = (clientId: string, instanceId: string, lost: readonly string[] = []) =>
  claimClient(opened.db, { clientId, instanceId, leaseMs, lostInstanceIds: lost })

const tool = (name: string, description: string) => ({
  spec: {
    namespace: 'notes',
    name,
    version: '1.0.0',
    type: 'query',
    description,
    inputSchema: {},
    outputSchema: {},
    accessControl: { requiredScopes: [] },
  } satisfies OperationSpec,
  hash: `${name}:${description}`,
})

test('of two processes one holds a connection, and the other takes it over when the first is lost', async () => {
  const clientId = await newClient('lease')
  expect(await claim(clientId, 'a')).toMatchObject({ epoch: 1 })
  expect(await claim(clientId, 'b')).toBeUndefined()
  expect(await claim(clientId, 'b', ['a'])).toMatchObject({ epoch: 2 })
  const held = { clientId, epoch: 1 }
  const renewed = await renewClients(opened.db, { instanceId: 'a', leaseMs, clients: [held] })
  expect(renewed.clientIds).toEqual([])
  const state = { status: 'connected', lastError: null } as const
  expect(await setConnectionState(opened.db, held, state)).toBeUndefined()
  expect(await releaseClient(opened.db, { clientId, epoch: 2 })).toBeTypeOf('number')
  expect(await claim(clientId, 'a')).toMatchObject({ epoch: 3 })
})

test('a pinned client keeps the accepted definition until the changed one is accepted', async () => {
  const clientId = await newClient('notes')
  await claim(clientId, 'a')
  const offer = (...operations: ReturnType<typeof tool>[]) =>
    replaceClientOperations(opened.db, {
      clientId,
      epoch: 1,
      name: 'notes',
      operations,
      pinned: true,
      offered: operations.length,
      refused: [],
    })
  expect(await offer(tool('read', 'Reads.'))).toMatchObject({ added: ['read'], held: [] })
  const changed = await offer(tool('read', 'Reads, and tells.'), tool('new', 'New.'))
  expect(changed?.held).toEqual(['read', 'new'])
  const found = await listClientOperations(opened.db, clientId, { limit: 10 })
  expect(found).toMatchObject([
    { name: 'new', status: 'inactive', held: { description: 'New.' } },
    { name: 'read', status: 'active', spec: { description: 'Reads.' } },
  ])
  expect(await offer(tool('read', 'Reads, and tells.'), tool('new', 'New.'))).not.toHaveProperty(
    'change',
  )
  const client = { id: clientId, name: 'notes' }
  const shown = found.find(({ name }) => name === 'read')?.heldHash ?? ''
  await offer(tool('read', 'Reads, and deletes.'), tool('new', 'New.'))
  expect(await acceptClientOperations(opened.db, client, undefined, [shown])).toEqual({
    accepted: [],
    unknown: [shown],
  })
  await offer(tool('read', 'Reads, and tells.'), tool('new', 'New.'))
  const accepted = await acceptClientOperations(opened.db, client, undefined, [shown])
  expect(accepted.accepted).toEqual(['read'])
  const { spokes } = await loadRegistry(opened.db)
  const registered = spokes.find((one) => one.spokeId === clientId)
  expect(registered).toMatchObject({ providerType: 'client', status: 'suspended' })
  expect(registered?.operations).toMatchObject([
    { operationId: 'notes.new', status: 'inactive' },
    { operationId: 'notes.read', status: 'active', spec: { description: 'Reads, and tells.' } },
  ])
})

test('a tool that is no longer offered becomes inactive, and active when it is offered again', async () => {
  const clientId = await newClient('gone')
  await claim(clientId, 'a')
  const offer = (...operations: ReturnType<typeof tool>[]) =>
    replaceClientOperations(opened.db, {
      clientId,
      epoch: 1,
      name: 'gone',
      operations,
      pinned: false,
      offered: operations.length,
      refused: [],
    })
  await offer(tool('read', 'Reads.'))
  expect(await offer()).toMatchObject({ removed: ['read'] })
  const statusOf = async () =>
    (await listClientOperations(opened.db, clientId, { limit: 1 }))[0]?.status
  expect(await statusOf()).toBe('inactive')
  expect(await offer(tool('read', 'Reads more.'))).toMatchObject({ changed: ['read'] })
  expect(await statusOf()).toBe('active')
})
