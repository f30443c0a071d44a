import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findIdempotencyKey } from '../calls/idempotency-keys.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { revokeGrant } from '../identity/grants.ts'
import { acceptQueuedCalls } from './accept-queued-calls.ts'
import { acceptTogether } from './accept-together.ts'
import { claimCalls } from './test-claim.ts'
import { settleQueuedCalls } from './end-queued-calls.ts'
import type { NewQueuedCall, QueueingCaller } from './new-queued-call.ts'
import { getQueuedCall, readNextDueMs } from './read-queued-calls.ts'

let postgres: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url)
})
afterAll(async () => {
  await database.close()
  await postgres[Symbol.asyncDispose]()
})

const same = { isSameInput: () => true }
let people = 0

/** A caller whose rights have a grant. */
async function caller(): Promise<QueueingCaller> {
  const { db } = database
  const account = await createAccount(db, { email: `together-${people++}@example.org` })
  const key = await createApiKey(db, {
    ownerId: account.id,
    keyHash: `hash-${people}`,
    start: 'alk_',
  } as never)
  const made: QueueingCaller = {
    accountId: account.id,
    keyId: key.id,
    scopes: ['a:read', 'b'],
    resources: { 'project:1': ['read'] },
    withinOrgs: ['an-organization'],
  }
  await acceptQueuedCalls(db, made, [call()], same)
  return made
}

const call = (given: Partial<NewQueuedCall> = {}): NewQueuedCall => ({
  id: uuidv7(),
  operationName: 'fs.read',
  input: '{"path":"a \\u0000 \\"b\\""}',
  retry: 'safe',
  maxAttempts: 3,
  backoffMs: 100,
  timeoutMs: 1000,
  delayMs: 0,
  expiresAfterMs: 60_000,
  priority: 0,
  depth: 0,
  ...given,
})

test('calls of several callers are written in one statement, each with the grant and the key of its caller', async () => {
  const { db } = database
  const [one, other] = [await caller(), await caller()]
  const requests = [
    { caller: one, call: call({ metadata: { a: 1 }, priority: 3 }) },
    { caller: other, call: call({ idempotencyKey: 'k', inputHash: 'h' }) },
    { caller: one, call: call({ idempotencyKey: 'k', inputHash: 'h', delayMs: 1000 }) },
    {
      caller: one,
      call: call({ notBefore: new Date(Date.now() + 3_600_000), providerKey: 'p' }),
    },
  ]
  expect(await acceptTogether(db, requests)).toEqual(
    requests.map((request) => ({ callId: request.call.id, known: false })),
  )
  for (const { caller: by, call: asked } of requests) {
    const stored = must(await getQueuedCall(db, asked.id))
    expect(stored).toMatchObject({
      accountId: by.accountId,
      input: asked.input,
      status: 'accepted',
      priority: asked.priority,
      metadata: { ...asked.metadata },
      idempotencyKey: asked.idempotencyKey ?? asked.providerKey ?? null,
    })
    const [grant] = await database.sql`
      select key_id, scopes, resources from grants where id = ${stored.grantId}`
    expect(grant).toEqual({ key_id: by.keyId, scopes: by.scopes, resources: by.resources })
    const record = await findIdempotencyKey(db, {
      accountId: by.accountId,
      operationName: asked.operationName,
      key: asked.idempotencyKey ?? 'none',
    })
    expect(record?.callId).toBe(asked.idempotencyKey && asked.id)
  }
  const delays = await database.sql<{ ms: number }[]>`
    select round(extract(epoch from not_before - created_at) * 1000)::int as ms, expires_at - not_before as kept from queued_calls
    where id = any(${requests.map((request) => request.call.id)}) order by id`
  expect(delays.slice(0, 3).map(({ ms }) => ms)).toEqual([0, 0, 1000])
  expect(await readNextDueMs(db)).toBeLessThanOrEqual(1000)
})

test('a call whose id or key exists, or occurs twice, and one of rights without a grant are left to the caller', async () => {
  const { db } = database
  const one = await caller()
  const keyed = call({ idempotencyKey: 'first', inputHash: 'h' })
  await acceptQueuedCalls(db, one, [keyed], same)
  const fresh = call({ idempotencyKey: 'second', inputHash: 'h' })
  const answers = await acceptTogether(db, [
    { caller: one, call: call({ idempotencyKey: 'first', inputHash: 'h' }) },
    { caller: one, call: { ...keyed, idempotencyKey: 'third' } },
    { caller: one, call: fresh },
    { caller: one, call: call({ idempotencyKey: 'second', inputHash: 'h' }) },
    { caller: one, call: { ...call(), id: fresh.id } },
    { caller: { ...one, scopes: ['c'] }, call: call() },
    { caller: { ...one, withinOrgs: ['another'] }, call: call() },
  ])
  expect(answers.map((answer) => answer?.callId)).toEqual([
    undefined,
    undefined,
    fresh.id,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  const scope = { accountId: one.accountId, operationName: 'fs.read' }
  expect((await findIdempotencyKey(db, { ...scope, key: 'first' }))?.callId).toBe(keyed.id)
  expect(await findIdempotencyKey(db, { ...scope, key: 'third' })).toBeUndefined()
  const [grant] = await database.sql<
    { id: string }[]
  >`select id from grants where key_id = ${one.keyId}`
  await revokeGrant(db, must(grant).id, 'no longer needed')
  expect(await acceptTogether(db, [{ caller: one, call: call() }])).toEqual([undefined])
})

test('a value that PostgreSQL refuses rejects the statement, and nothing of it is written', async () => {
  const { db } = database
  const one = await caller()
  const good = call({ idempotencyKey: 'good', inputHash: 'h' })
  await expect(
    acceptTogether(db, [
      { caller: one, call: good },
      { caller: one, call: call({ priority: 10 }) },
    ]),
  ).rejects.toMatchObject({ code: expect.any(String) as string })
  expect(await getQueuedCall(db, good.id)).toBeUndefined()
  const scope = { accountId: one.accountId, operationName: 'fs.read', key: 'good' }
  expect(await findIdempotencyKey(db, scope)).toBeUndefined()
})

test('ends of several calls are written in one statement, except those whose claim is lost', async () => {
  const { db, sql } = database
  await sql`delete from queued_calls`
  const one = await caller()
  await sql`delete from queued_calls`
  const calls = ['a', 'b', 'c', 'd'].map((key) => call({ idempotencyKey: key, inputHash: 'h' }))
  await acceptTogether(
    db,
    calls.map((asked) => ({ caller: one, call: asked })),
  )
  const claims = await claimCalls(db, {
    workerInstanceId: 'one',
    leaseMs: 5000,
    limit: 10,
    maxPerAccount: 100,
    maxPerOperation: 100,
  })
  expect(claims).toHaveLength(4)
  expect(claims[0]?.grant).toEqual({ ...one, orgIds: [] })
  const error = { code: 'EXECUTION_ERROR', message: 'Failed.' }
  const [a, b, c, d] = calls.map(({ id }) => must(claims.find((claim) => claim.id === id)))
  const written = await settleQueuedCalls(db, [
    { claim: must(d), end: { status: 'failed', error, ran: 'no' } },
    { claim: must(a), end: { status: 'completed', envelope: '{"data":"\\u0000"}' } },
    { claim: must(b), end: { status: 'failed', error, ran: 'yes' } },
    { claim: { ...must(c), token: 7 }, end: { status: 'completed', envelope: '{"data":1}' } },
  ])
  expect(written).toEqual([true, true, true, false])
  const ends = await Promise.all(calls.map(({ id }) => getQueuedCall(db, id)))
  expect(ends.map((end) => end?.status)).toEqual(['completed', 'failed', 'running', 'failed'])
  expect(ends[0]?.envelope).toEqual({ data: '\0' })
  expect(ends[1]?.error).toEqual(error)
  const keys = await Promise.all(
    ['a', 'b', 'c', 'd'].map((key) =>
      findIdempotencyKey(db, { accountId: one.accountId, operationName: 'fs.read', key }),
    ),
  )
  expect(keys.map((record) => record?.status)).toEqual(['unknown', 'failed', 'pending', undefined])
})

test('the rights of an OAuth token have a grant of their own, which ends with the token', async () => {
  const { db } = database
  const key = await caller()
  const rightsEndAtMs = Date.now() + 60_123
  const token = { ...key, rightsEndAtMs }
  // The grant of the key is none for the token.
  expect(await acceptTogether(db, [{ caller: token, call: call() }])).toEqual([undefined])
  const first = call({ priority: 9 })
  await acceptQueuedCalls(db, token, [first], same)
  const second = call({ priority: 9 })
  expect(await acceptTogether(db, [{ caller: token, call: second }])).toHaveLength(1)
  const third = call({ priority: 9 })
  await acceptQueuedCalls(db, token, [third], same)
  const grants = await Promise.all(
    [first, second, third].map(async ({ id }) => (await getQueuedCall(db, id))?.grantId),
  )
  expect(new Set(grants).size).toBe(1)
  const later = { ...token, rightsEndAtMs: rightsEndAtMs + 1 }
  expect(await acceptTogether(db, [{ caller: later, call: call() }])).toEqual([undefined])
  const claims = await claimCalls(db, {
    workerInstanceId: 'token',
    leaseMs: 5000,
    limit: 100,
    maxPerAccount: 100,
    maxPerOperation: 100,
  })
  const own = claims.filter(({ accountId }) => accountId === key.accountId)
  const endOf = (id: string) => own.find((one) => one.id === id)?.grant?.rightsEndAtMs
  expect([first, second, third].map(({ id }) => endOf(id))).toEqual(
    [first, second, third].map(() => rightsEndAtMs),
  )
  expect(own.filter(({ grant }) => grant !== null && !('rightsEndAtMs' in grant))).toHaveLength(1)
})
