import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import {
  claimIdempotencyKey,
  findIdempotencyKey,
  pruneIdempotencyKeys,
  releaseIdempotencyKey,
  settleIdempotencyKey,
} from './idempotency-keys.ts'

let database: TestDatabase
let opened: Database
let accountId: string
const db = () => opened.db

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
  accountId = (await createAccount(db(), { email: 'caller@example.com' })).id
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

const claim = (key: string, keptMs = 60_000) => ({
  accountId,
  operationName: 'fs.write',
  key,
  inputHash: 'h',
  callId: uuidv7(),
  keptMs,
})
const failed = { status: 'failed' as const, error: { code: 'GONE', message: 'gone' } }

test('of twenty concurrent claims of a key one succeeds, and the others find its call', async () => {
  const claims = Array.from({ length: 20 }, () => claim('once'))
  const ids = await Promise.all(claims.map((one) => claimIdempotencyKey(db(), one)))
  expect(ids.filter((id) => id !== undefined)).toHaveLength(1)
  const winner = claims[ids.findIndex((id) => id !== undefined)]
  expect(await findIdempotencyKey(db(), claim('once'))).toMatchObject({
    callId: winner?.callId,
    inputHash: 'h',
    status: 'pending',
    envelope: null,
  })
})

test('a key counts per account and operation', async () => {
  const other = await createAccount(db(), { email: 'other@example.com' })
  expect(await claimIdempotencyKey(db(), claim('shared'))).toBeDefined()
  expect(await claimIdempotencyKey(db(), { ...claim('shared'), accountId: other.id })).toBeDefined()
  expect(
    await claimIdempotencyKey(db(), { ...claim('shared'), operationName: 'fs.read' }),
  ).toBeDefined()
  expect(await claimIdempotencyKey(db(), claim('shared'))).toBeUndefined()
})

test('the first end is kept and repeated', async () => {
  const id = (await claimIdempotencyKey(db(), claim('ends'))) ?? ''
  expect(await settleIdempotencyKey(db(), id, failed)).toBe(true)
  expect(await settleIdempotencyKey(db(), id, { ...failed, status: 'unknown' })).toBe(false)
  expect(await releaseIdempotencyKey(db(), id)).toBe(false)
  expect(await findIdempotencyKey(db(), claim('ends'))).toMatchObject(failed)
})

test('a key whose call did not run is free again', async () => {
  const id = (await claimIdempotencyKey(db(), claim('unused'))) ?? ''
  expect(await releaseIdempotencyKey(db(), id)).toBe(true)
  expect(await findIdempotencyKey(db(), claim('unused'))).toBeUndefined()
  expect(await claimIdempotencyKey(db(), claim('unused'))).toBeDefined()
})

test('an expired key can be claimed again, and its former holder can no longer settle it', async () => {
  const first = (await claimIdempotencyKey(db(), claim('old', -1))) ?? ''
  expect(await findIdempotencyKey(db(), claim('old'))).toBeUndefined()
  const second = await claimIdempotencyKey(db(), claim('old'))
  expect(second).not.toBe(first)
  expect(await settleIdempotencyKey(db(), first, failed)).toBe(false)
  expect((await findIdempotencyKey(db(), claim('old')))?.status).toBe('pending')
})

test('expired keys are deleted in steps', async () => {
  for (const key of ['x', 'y', 'z']) await claimIdempotencyKey(db(), claim(key, -1000))
  expect(await pruneIdempotencyKeys(db(), 2)).toBe(2)
  expect(await pruneIdempotencyKeys(db())).toBe(1)
})

test('a key that is too long or belongs to an unknown account is refused', async () => {
  await expect(claimIdempotencyKey(db(), claim('k'.repeat(129)))).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
  const unknown = { ...claim('n'), accountId: 'unknown' }
  await expect(claimIdempotencyKey(db(), unknown)).rejects.toMatchObject({ code: 'CONFLICT' })
})
