import { CodedError } from '@alkdev/errors'
import type { OperationSpec } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { attachSpoke } from './attach-spoke.ts'
import { attachWithRegistrations } from './attach-with-registrations.ts'
import { loadRegistry, loadRegistrySince } from './load-registry.ts'
import { recordResponsiveness } from './spoke-responsiveness.ts'
import { replaceRegistrations } from './replace-registrations.ts'
import type { Registration } from './replace-registrations.ts'
import { upsertServiceOperations } from './service-operations.ts'
import { getSpokeByName, listSpokes, listSpokeStates } from './spokes.ts'
import {
  claimSpokes,
  deleteSpoke,
  disconnectSpoke,
  expireSuspended,
  listSpokeInstances,
  setSpokeStatus,
  suspendSpokesOf,
} from './spoke-status.ts'

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

const spec = (name: string, more: Partial<OperationSpec> = {}): OperationSpec => ({
  namespace: 'fs',
  name,
  version: '1.0.0',
  type: 'query',
  description: `does ${name}`,
  inputSchema: { type: 'object' },
  outputSchema: true,
  accessControl: { requiredScopes: ['fs:read'] },
  ...more,
})
const registration = (spoke: string, operation: OperationSpec): Registration => ({
  operationId: `dev.${spoke}.fs.${operation.name}`,
  namespace: `dev.${spoke}.fs`,
  name: operation.name,
  preRemapNamespace: 'fs',
  preRemapName: operation.name,
  spec: operation,
  status: 'active',
})
const attach = (name: string, more: { presentedTokenHash?: string; ownerId?: string } = {}) =>
  attachSpoke(db(), {
    name,
    ownerId,
    spokeType: 'dev-env',
    instanceId: uuidv7(),
    sessionTokenHash: 'token-1',
    ...more,
  })
const name = () => `s-${uuidv7()}`
const find = async (spokeId: string) =>
  (await loadRegistry(db())).spokes.find((spoke) => spoke.spokeId === spokeId)

test('a name belongs to the account that attached it first; each attach raises the epoch', async () => {
  const spoke = name()
  const first = await attach(spoke)
  expect(first).toEqual({ spokeId: first.spokeId, epoch: 1 })
  const second = await attach(spoke, { presentedTokenHash: 'token-1' })
  expect(second).toMatchObject({
    spokeId: first.spokeId,
    epoch: 2,
    previous: { epoch: 1, sameToken: true, suspended: false },
  })
  expect((await attach(spoke)).previous?.sameToken).toBe(false)
  const outsider = await createAccount(db(), { email: 'outsider@example.com' })
  await expect(attach(spoke, { ownerId: outsider.id })).rejects.toMatchObject({ code: 'CONFLICT' })
  expect((await getSpokeByName(db(), spoke))?.epoch).toBe(3)
  expect(await getSpokeByName(db(), spoke)).not.toHaveProperty('sessionTokenHash')
})

test('attaches of one name at the same time get different epochs, and one of two first owners wins', async () => {
  const spoke = name()
  const attached = await Promise.all(Array.from({ length: 8 }, () => attach(spoke)))
  expect(attached.map(({ epoch }) => epoch).toSorted((a, b) => a - b)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8,
  ])
  const other = await createAccount(db(), { email: 'other@example.com' })
  const contested = name()
  const outcomes = await Promise.allSettled([
    attach(contested),
    attach(contested, { ownerId: other.id }),
  ])
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('a name outside the grammar is refused', async () => {
  await expect(attach('No Such_Name')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('a registration is read as it was stored, and replacing it adds, changes and removes operations', async () => {
  const spoke = name()
  const { spokeId, epoch } = await attach(spoke)
  const read = spec('read', {
    title: 'Read',
    tags: ['files'],
    retry: 'safe',
    resumable: false,
    pool: false,
    record: 'before-reply',
    hints: { readOnly: true },
    errorSchemas: [{ code: 'GONE', description: 'gone', schema: {}, httpStatus: 410 }],
    _meta: { origin: 'x', deep: [1, { two: null }] },
  })
  const first = await replaceRegistrations(db(), {
    spokeId,
    epoch,
    operations: [registration(spoke, read), registration(spoke, spec('list'))],
  })
  const loaded = await find(spokeId)
  expect(loaded?.operations.map(({ operationId }) => operationId)).toEqual([
    `dev.${spoke}.fs.list`,
    `dev.${spoke}.fs.read`,
  ])
  expect(loaded?.operations[1]).toEqual({
    operationId: `dev.${spoke}.fs.read`,
    name: 'fs.read',
    spec: read,
    status: 'active',
    offeredAtMs: expect.any(Number),
  })
  const second = await replaceRegistrations(db(), {
    spokeId,
    epoch,
    operations: [
      {
        ...registration(spoke, spec('read', { version: '2.0.0' })),
        status: 'quarantined',
        reason: 'why',
      },
      registration(spoke, spec('write', { type: 'mutation' })),
    ],
  })
  expect(second).toBe(first + 1)
  const now = await find(spokeId)
  expect(
    now?.operations.map((operation) => [operation.name, operation.status, operation.reason]),
  ).toEqual([
    ['fs.read', 'quarantined', 'why'],
    ['fs.write', 'active', undefined],
  ])
  expect(now?.operations[0]?.spec).toEqual(spec('read', { version: '2.0.0' }))
})

test('an older attachment can neither register nor set the status', async () => {
  const spoke = name()
  const old = await attach(spoke)
  const current = await attach(spoke)
  await expect(
    replaceRegistrations(db(), { ...old, operations: [registration(spoke, spec('read'))] }),
  ).rejects.toMatchObject({ code: 'CONFLICT', details: { reason: 'stale-epoch' } })
  expect(await setSpokeStatus(db(), { ...old, status: 'disconnected' })).toBeUndefined()
  expect((await find(current.spokeId))?.status).toBe('connected')
  await expect(
    replaceRegistrations(db(), { spokeId: 'unknown', epoch: 1, operations: [] }),
  ).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('a spoke that accepts no calls is recorded for its newest attachment, until it accepts them or disconnects', async () => {
  const spoke = name()
  const old = await attach(spoke)
  const { spokeId, epoch } = await attach(spoke)
  const since = async (): Promise<Date | null | undefined> =>
    (await getSpokeByName(db(), spoke))?.unresponsiveSince
  await recordResponsiveness(db(), [{ spokeId, epoch: old.epoch, blockedMs: 1000 }])
  expect(await since()).toBeNull()
  await recordResponsiveness(db(), [{ spokeId, epoch, blockedMs: 3_600_000 }])
  expect(Date.now() - ((await since())?.getTime() ?? 0)).toBeGreaterThan(3_500_000)
  await recordResponsiveness(db(), [{ spokeId, epoch, blockedMs: null }])
  expect(await since()).toBeNull()
  await recordResponsiveness(db(), [{ spokeId, epoch, blockedMs: 0 }])
  expect(await since()).toBeInstanceOf(Date)
  await setSpokeStatus(db(), { spokeId, epoch, status: 'suspended' })
  expect(await since()).toBeNull()
  await setSpokeStatus(db(), { spokeId, epoch, status: 'disconnected' })
})

test('a lost socket suspends a spoke, which then becomes inactive unless it attaches in time', async () => {
  const spoke = name()
  const { spokeId, epoch } = await attach(spoke)
  await replaceRegistrations(db(), {
    spokeId,
    epoch,
    operations: [registration(spoke, spec('read'))],
  })
  expect(await setSpokeStatus(db(), { spokeId, epoch, status: 'suspended' })).toBeTypeOf('number')
  expect(await expireSuspended(db(), 60_000)).toEqual({ spokeIds: [], spokes: [] })
  const again = await attach(spoke, { presentedTokenHash: 'token-1' })
  expect(again.previous).toMatchObject({ epoch, suspended: true, sameToken: true })
  await setSpokeStatus(db(), { spokeId, epoch: again.epoch, status: 'suspended' })
  const expired = await expireSuspended(db(), 0)
  expect(expired.spokeIds).toEqual([spokeId])
  const loaded = await find(spokeId)
  expect(loaded).toMatchObject({ status: 'disconnected', operations: [{ status: 'inactive' }] })
  expect(loaded).not.toHaveProperty('instanceId')
  expect((await attach(spoke)).previous).toBeUndefined()
})

test('an attach with registrations makes both visible, or nothing when its check in between throws', async () => {
  const spoke = name()
  const row = {
    name: spoke,
    ownerId,
    spokeType: 'dev-env',
    instanceId: uuidv7(),
    sessionTokenHash: 'token-1',
  } as const
  const offered = [registration(spoke, spec('read'))]
  const refused = attachWithRegistrations(db(), row, offered, () => {
    throw new CodedError('ABORTED', 'the socket has closed')
  })
  await expect(refused).rejects.toThrow('the socket has closed')
  expect((await loadRegistry(db())).spokes.map((one) => one.name)).not.toContain(spoke)
  const attached = await attachWithRegistrations(db(), row, offered, () => undefined)
  expect(attached).toMatchObject({ epoch: 1, change: expect.any(Number) as number })
  expect((await find(attached.spokeId))?.operations).toMatchObject([
    { operationId: `dev.${spoke}.fs.read` },
  ])
})

test('the registry is the same in pages of any size', async () => {
  for (let count = 0; count < 5; count++) {
    const spoke = name()
    const attached = await attach(spoke)
    const specs = count === 2 ? [] : [spec('read'), spec('write')]
    const registered = specs.map((one) => registration(spoke, one))
    await replaceRegistrations(db(), { ...attached, operations: registered })
  }
  const whole = await loadRegistry(db())
  expect(whole.spokes.length).toBeGreaterThanOrEqual(5)
  expect(new Set(whole.spokes.map(({ spokeId }) => spokeId)).size).toBe(whole.spokes.length)
  for (const size of [1, 2, whole.spokes.length])
    expect(await loadRegistry(db(), size)).toEqual(whole)
})

test('spokes of a process that died are suspended together', async () => {
  const first = await attach(name())
  const second = await attach(name())
  const instances = (await loadRegistry(db())).spokes
    .filter(({ spokeId }) => [first.spokeId, second.spokeId].includes(spokeId))
    .map(({ instanceId }) => instanceId ?? '')
  expect(await listSpokeInstances(db())).toEqual(expect.arrayContaining(instances))
  const suspended = await suspendSpokesOf(db(), instances)
  expect(suspended.spokeIds.toSorted()).toEqual([first.spokeId, second.spokeId].toSorted())
  expect((await find(first.spokeId))?.status).toBe('suspended')
  expect(await suspendSpokesOf(db(), [])).toEqual({ spokeIds: [], spokes: [] })
})

test('a process claims its spokes back, but not those that have a newer attachment or were disconnected', async () => {
  const [kept, moved, gone] = [await attach(name()), await attach(name()), await attach(name())]
  const newer = await attachSpoke(db(), {
    name: (await find(moved.spokeId))?.name ?? '',
    ownerId,
    spokeType: 'dev-env',
    instanceId: uuidv7(),
    sessionTokenHash: 'token-2',
  })
  await setSpokeStatus(db(), { ...kept, status: 'suspended' })
  expect(await disconnectSpoke(db(), gone.spokeId)).toBeTypeOf('number')
  expect(await disconnectSpoke(db(), gone.spokeId)).toBeUndefined()
  const instanceId = uuidv7()
  const claimed = await claimSpokes(db(), { instanceId, spokes: [kept, moved, gone] })
  expect(claimed.spokeIds).toEqual([kept.spokeId])
  expect(claimed.change).toBeTypeOf('number')
  const states = await listSpokeStates(db(), [kept.spokeId, moved.spokeId, gone.spokeId, 'none'])
  expect(states.get(kept.spokeId)).toEqual({ epoch: 1, status: 'connected', instanceId })
  expect(states.get(moved.spokeId)).toMatchObject({ epoch: newer.epoch, status: 'connected' })
  expect(states.get(gone.spokeId)).toEqual({ epoch: 2, status: 'disconnected', instanceId: null })
  expect(states.size).toBe(3)
  expect(await claimSpokes(db(), { instanceId, spokes: [] })).toEqual({ spokeIds: [] })
})

test('the changes since a number are returned, with the removals; a reader too far behind reloads', async () => {
  const { change } = await loadRegistry(db())
  const kept = name()
  const gone = name()
  const a = await attach(kept)
  const b = await attach(gone)
  await replaceRegistrations(db(), { ...a, operations: [registration(kept, spec('read'))] })
  await replaceRegistrations(db(), { ...b, operations: [registration(gone, spec('read'))] })
  await disconnectSpoke(db(), b.spokeId)
  expect(await deleteSpoke(db(), b.spokeId)).toBeTypeOf('number')
  const delta = await loadRegistrySince(db(), change)
  expect(delta?.change).toBe(change + 4)
  expect(delta?.removedSpokeIds).toEqual([b.spokeId])
  expect(delta?.spokes).toEqual([await find(a.spokeId)])
  expect(await loadRegistrySince(db(), change + 4)).toEqual({
    change: change + 4,
    spokes: [],
    removedSpokeIds: [],
  })
  expect(await loadRegistrySince(db(), change + 999)).toBeUndefined()
  await opened.sql`delete from changes where topic = 'registry' and number <= ${change + 1}`
  expect(await loadRegistrySince(db(), change)).toBeUndefined()
})

test('definitions of services are stored once, and only a difference is a change', async () => {
  const service = [{ spec: spec('list', { namespace: 'hub' }), service: 'gateway' }]
  const first = await upsertServiceOperations(db(), service)
  expect(first).toBeTypeOf('number')
  expect(await upsertServiceOperations(db(), service)).toBeUndefined()
  const changed = [
    { spec: spec('list', { namespace: 'hub', version: '1.1.0' }), service: 'gateway' },
  ]
  expect(await upsertServiceOperations(db(), changed)).toBe((first ?? 0) + 1)
  expect(await upsertServiceOperations(db(), [])).toBeUndefined()
})

test('five hundred operations are registered in one call', async () => {
  const spoke = name()
  const attached = await attach(spoke)
  const operations = Array.from({ length: 500 }, (_, n) => registration(spoke, spec(`op${n}`)))
  await replaceRegistrations(db(), { ...attached, operations })
  expect((await find(attached.spokeId))?.operations).toHaveLength(500)
})

test('spokes are listed by name to the accounts that they serve', async () => {
  const outsider = await createAccount(db(), { email: 'reader@example.com' })
  const servedTo = { accountId: outsider.id, orgIds: [] }
  const own = await attach(name(), { ownerId: outsider.id })
  expect((await listSpokes(db(), { servedTo })).items.map(({ id }) => id)).toEqual([own.spokeId])
  const first = await listSpokes(db(), { limit: 2 })
  const second = await listSpokes(db(), { limit: 200, cursor: first.nextCursor ?? '' })
  const names = [...first.items, ...second.items].map((row) => row.name)
  expect(names).toEqual(names.toSorted())
  expect(names.length).toBeGreaterThan(5)
  expect(
    (await listSpokes(db(), { status: 'suspended' })).items.every(
      ({ status }) => status === 'suspended',
    ),
  ).toBe(true)
})
