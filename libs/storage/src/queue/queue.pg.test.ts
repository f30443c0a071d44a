import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { findIdempotencyKey } from '../calls/idempotency-keys.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { setRequestLimits } from '../identity/request-limits.ts'
import { listInbox } from '../inbox/list-inbox.ts'
import { ensureProject } from '../projects/projects.ts'
import { acceptQueuedCalls } from './accept-queued-calls.ts'
import type { NewQueuedCall, QueueingCaller } from './new-queued-call.ts'
import { claimDueCalls, claimLostCalls, renewQueuedCalls } from './claim-queued-calls.ts'
import {
  abortQueuedCall,
  abortQueuedCalls,
  expireQueuedCalls,
  handOverQueuedCall,
  releaseQueuedCall,
  settleQueuedCall,
} from './end-queued-calls.ts'
import {
  countQueuedCalls,
  findEndedQueuedCalls,
  getQueuedCall,
  listQueuedCalls,
  pruneQueuedCalls,
  readQueueState,
} from './read-queued-calls.ts'
import { repeatQueuedCalls } from './repeat-queued-calls.ts'
import { claimCalls } from './test-claim.ts'

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

let people = 0
async function caller(): Promise<QueueingCaller> {
  const account = await createAccount(database.db, { email: `queue-${people++}@example.org` })
  const key = await createApiKey(database.db, {
    ownerId: account.id,
    keyHash: `hash-${people}`,
    start: 'alk_',
  } as never)
  return { accountId: account.id, keyId: key.id, scopes: ['a:read'], resources: {} }
}

const call = (given: Partial<NewQueuedCall> = {}): NewQueuedCall => ({
  id: uuidv7(),
  operationName: 'fs.read',
  input: '{"path":"a"}',
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

const same = { isSameInput: () => true }
const request = {
  workerInstanceId: 'one',
  leaseMs: 5000,
  limit: 10,
  maxPerAccount: 100,
  maxPerOperation: 100,
}

/** Ends what other tests left, so that a test sees its own calls alone. */
async function empty(): Promise<void> {
  await database.sql`delete from queued_calls`
}

test('a call is claimed once, and only the holder of the newest token settles it', async () => {
  await empty()
  const { db } = database
  const one = call()
  const [accepted] = await acceptQueuedCalls(db, await caller(), [one], same)
  expect(accepted).toEqual({ callId: one.id, known: false })
  const claims = await Promise.all([
    claimCalls(db, request),
    claimCalls(db, { ...request, workerInstanceId: 'two' }),
  ])
  const [first] = claims.flat()
  expect(claims.flat()).toHaveLength(1)
  expect(first).toMatchObject({ id: one.id, token: 1, attempts: 1, input: one.input })
  if (first === undefined) throw new Error('unreachable')
  expect(await renewQueuedCalls(db, [first], 5000)).toMatchObject([{ id: one.id, token: 1 }])
  // Its holder is frozen, and another process takes over.
  await database.sql`update queued_calls set lease_until = now() - interval '1 second' where id = ${one.id}`
  expect(await claimLostCalls(db, { ...request, except: [one.id] })).toEqual([])
  const [second] = await claimLostCalls(db, { ...request, except: [] })
  expect(second).toMatchObject({ id: one.id, token: 2, attemptCallId: first.attemptCallId })
  const end = { status: 'completed', envelope: '{"data":1}' } as const
  expect(await renewQueuedCalls(db, [first], 5000)).toEqual([])
  expect(await settleQueuedCall(db, first, end)).toBe(false)
  expect(await releaseQueuedCall(db, first, { delayMs: 0, uncounted: false })).toBe(false)
  if (second === undefined) throw new Error('unreachable')
  expect(await settleQueuedCall(db, second, end)).toBe(true)
  expect(await settleQueuedCall(db, second, end)).toBe(false)
  expect(await getQueuedCall(db, one.id)).toMatchObject({
    status: 'completed',
    envelope: { data: 1 },
    attempts: 1,
  })
  expect(await findEndedQueuedCalls(db, [one.id, uuidv7()])).toEqual([one.id])
})

test('a claim that a fail-over lost changes nothing, also when another process got the same token', async () => {
  await empty()
  const { db } = database
  const one = call()
  await acceptQueuedCalls(db, await caller(), [one], same)
  const [lost] = await claimCalls(db, request)
  if (lost === undefined) throw new Error('unreachable')
  // As on a standby that did not receive the claim.
  await database.sql`
    update queued_calls set status = 'accepted', attempts = 0, fencing_token = 0, worker_instance_id = null, lease_until = null,
      attempt_call_id = null, started_at = null where id = ${one.id}`
  const [held] = await claimCalls(db, { ...request, workerInstanceId: 'two' })
  if (held === undefined) throw new Error('unreachable')
  expect(held).toMatchObject({ id: lost.id, token: lost.token, workerInstanceId: 'two' })
  const end = { status: 'completed', envelope: '{"data":1}' } as const
  expect(await renewQueuedCalls(db, [lost], 5000)).toEqual([])
  expect(await settleQueuedCall(db, lost, end)).toBe(false)
  expect(await releaseQueuedCall(db, lost, { delayMs: 0, uncounted: false })).toBe(false)
  await handOverQueuedCall(db, lost)
  expect(await claimLostCalls(db, { ...request, except: [] })).toEqual([])
  expect(await renewQueuedCalls(db, [held], 5000)).toMatchObject([{ id: one.id }])
  expect(await settleQueuedCall(db, held, end)).toBe(true)
})

test('a claim says whether other calls wait that are due or belong to an account at its limit', async () => {
  await empty()
  const { db } = database
  expect(await claimDueCalls(db, request)).toEqual({ calls: [], isMore: false })
  const one = await caller()
  await acceptQueuedCalls(db, one, [call(), call(), call(), call({ delayMs: 60_000 })], same)
  const [, limited] = [await claimDueCalls(db, { ...request, limit: 1 }), { maxPerAccount: 2 }]
  const second = await claimDueCalls(db, { ...request, ...limited })
  expect(second.calls).toHaveLength(1)
  expect(second.isMore).toBe(true)
  expect(await claimDueCalls(db, { ...request, ...limited })).toEqual({ calls: [], isMore: true })
  const last = await claimDueCalls(db, request)
  expect(last.calls).toHaveLength(1)
  expect(last.isMore).toBe(false)
})

test('a released call is due again after its delay, and an attempt that did not run does not count', async () => {
  await empty()
  const { db } = database
  const one = call()
  await acceptQueuedCalls(db, await caller(), [one], same)
  const [claim] = await claimCalls(db, request)
  if (claim === undefined) throw new Error('unreachable')
  const error = { code: 'PROVIDER_UNAVAILABLE', message: 'No provider.' }
  await releaseQueuedCall(db, claim, { delayMs: 60_000, error, uncounted: true })
  expect(await claimCalls(db, request)).toEqual([])
  expect(await getQueuedCall(db, one.id)).toMatchObject({ status: 'accepted', attempts: 0, error })
  await database.sql`update queued_calls set not_before = now() - interval '1 second'`
  const [again] = await claimCalls(db, request)
  expect(again).toMatchObject({ token: 2, attempts: 1 })
  expect(again?.attemptCallId).not.toBe(claim.attemptCallId)
})

test('an account and an operation start no more calls in a second than their limits allow, and go on in the next one', async () => {
  await empty()
  const { db } = database
  const [many, few] = [await caller(), await caller()]
  await acceptQueuedCalls(
    db,
    many,
    Array.from({ length: 6 }, () => call()),
    same,
  )
  await acceptQueuedCalls(db, many, [call({ operationName: 'fs.list' })], same)
  await acceptQueuedCalls(
    db,
    few,
    Array.from({ length: 6 }, () => call()),
    same,
  )
  const limited = { ...request, maxStartsPerAccount: 3, maxStartsPerOperation: 5 }
  // `now()` does not change in a transaction.
  const claims = await db.transaction(async (tx) => {
    const first = await claimCalls(tx, limited)
    return [...first, ...(await claimCalls(tx, limited))]
  })
  const countOf = (of: (one: (typeof claims)[number]) => boolean) => claims.filter(of).length
  expect(countOf((one) => one.accountId === many.accountId)).toBe(3)
  expect(countOf((one) => one.operationName !== 'fs.list')).toBeLessThanOrEqual(5)
  expect(claims.length).toBeGreaterThanOrEqual(5)
  await database.sql`update queue_starts set second = second - interval '1 second'`
  expect((await claimCalls(db, limited)).length).toBeGreaterThan(0)
})

test('accounts take turns, an account and an operation stay within their limits, and priority counts within an account', async () => {
  await empty()
  const { db } = database
  const many = await caller()
  const few = await caller()
  const urgent = call({ priority: 9, operationName: 'fs.list' })
  await acceptQueuedCalls(db, many, [...Array.from({ length: 20 }, () => call()), urgent], same)
  const other = call({ operationName: 'fs.list' })
  await acceptQueuedCalls(db, few, [other], same)
  const first = await claimCalls(db, { ...request, limit: 2 })
  expect(first.map(({ id }) => id).toSorted()).toEqual([urgent.id, other.id].toSorted())
  const capped = await claimCalls(db, { ...request, maxPerAccount: 4 })
  expect(capped).toHaveLength(3)
  expect(await claimCalls(db, { ...request, maxPerOperation: 3 })).toEqual([])
  expect(await claimCalls(db, { ...request, maxPerOperation: 5 })).toHaveLength(2)
  const state = await readQueueState(db)
  expect(state).toMatchObject({ due: 15, running: 7 })
  expect(state.oldestDueMs).toBeGreaterThan(0)
})

test('claims at the same time never exceed the limit of an account', async () => {
  await empty()
  const { db } = database
  await acceptQueuedCalls(
    db,
    await caller(),
    Array.from({ length: 30 }, () => call()),
    same,
  )
  const claims = await Promise.all(
    Array.from({ length: 6 }, () => claimCalls(db, { ...request, maxPerAccount: 7 })),
  )
  expect(claims.flat()).toHaveLength(7)
})

test('an idempotency key stands for one call, with its end, for 24 hours after it', async () => {
  await empty()
  const { db } = database
  const who = await caller()
  const keyed = () => call({ idempotencyKey: 'k', inputHash: 'h' })
  const one = keyed()
  await acceptQueuedCalls(db, who, [one], same)
  expect(await acceptQueuedCalls(db, who, [keyed()], same)).toEqual([
    { callId: one.id, known: true },
  ])
  await expect(
    acceptQueuedCalls(db, who, [call(), keyed()], { isSameInput: () => false }),
  ).rejects.toMatchObject({ code: 'CONFLICT', details: { callId: one.id } })
  // All or none: the call before the conflict was not added either.
  expect(await countQueuedCalls(db, { accountId: who.accountId })).toBe(1)
  const scope = { accountId: who.accountId, operationName: 'fs.read', key: 'k' }
  expect(await findIdempotencyKey(db, scope)).toMatchObject({ status: 'pending', queued: true })
  const [claim] = await claimCalls(db, request)
  if (claim === undefined) throw new Error('unreachable')
  await settleQueuedCall(db, claim, { status: 'completed', envelope: '{"data":2}' })
  expect(await findIdempotencyKey(db, scope)).toMatchObject({
    status: 'completed',
    envelope: { data: 2 },
    callId: one.id,
  })
})

test('the key of a call that is proven not to have run is free again', async () => {
  await empty()
  const { db } = database
  const who = await caller()
  const keyed = () => call({ idempotencyKey: 'free', inputHash: 'h' })
  await acceptQueuedCalls(db, who, [keyed()], same)
  const [claim] = await claimCalls(db, request)
  if (claim === undefined) throw new Error('unreachable')
  const error = { code: 'ACCESS_DENIED', message: 'No.' }
  await settleQueuedCall(db, claim, { status: 'failed', error, ran: 'no' })
  const again = keyed()
  expect(await acceptQueuedCalls(db, who, [again], same)).toEqual([
    { callId: again.id, known: false },
  ])
})

test('accepting a call id again is accepting the same call; another call under it is refused', async () => {
  await empty()
  const { db } = database
  const who = await caller()
  const one = call()
  await acceptQueuedCalls(db, who, [one], same)
  expect(await acceptQueuedCalls(db, who, [one], same)).toEqual([{ callId: one.id, known: true }])
  await expect(acceptQueuedCalls(db, who, [{ ...one, input: '{}' }], same)).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  await expect(acceptQueuedCalls(db, await caller(), [one], same)).rejects.toMatchObject({
    code: 'CONFLICT',
  })
})

test('a call whose time is over fails with TIMEOUT, one whose account is gone with UNAUTHENTICATED', async () => {
  await empty()
  const { db } = database
  const who = await caller()
  const late = call()
  const orphan = call()
  const good = call()
  await acceptQueuedCalls(db, who, [late, orphan, good], same)
  await database.sql`update queued_calls set expires_at = now() - interval '1 second' where id = ${late.id}`
  await database.sql`update queued_calls set account_id = null where id = ${orphan.id}`
  expect((await claimCalls(db, request)).map(({ id }) => id)).toEqual([good.id])
  expect(await expireQueuedCalls(db, 10)).toBe(2)
  expect(await getQueuedCall(db, late.id)).toMatchObject({
    status: 'failed',
    error: { code: 'TIMEOUT', details: { ran: false } },
  })
  expect(await getQueuedCall(db, orphan.id)).toMatchObject({
    status: 'failed',
    error: { code: 'UNAUTHENTICATED' },
  })
})

test('a waiting call is aborted at once, a running one by its holder, an ended one not at all', async () => {
  await empty()
  const { db } = database
  const [waiting, running] = [call(), call({ priority: 1 })]
  await acceptQueuedCalls(db, await caller(), [waiting, running], same)
  const [claim] = await claimCalls(db, { ...request, limit: 1 })
  if (claim === undefined) throw new Error('unreachable')
  expect(await abortQueuedCall(db, waiting.id, 'enough')).toEqual({ outcome: 'aborted' })
  expect(await abortQueuedCall(db, waiting.id, 'enough')).toEqual({ outcome: 'too-late' })
  expect(await abortQueuedCall(db, uuidv7(), 'enough')).toBeUndefined()
  expect(await abortQueuedCall(db, running.id, 'enough')).toEqual({
    outcome: 'requested',
    attemptCallId: claim.attemptCallId,
  })
  expect(await renewQueuedCalls(db, [claim], 5000)).toMatchObject([
    { abortRequested: true, abortReason: 'enough' },
  ])
  expect(await claimCalls(db, request)).toEqual([])
})

test('a call whose abort is requested while its attempt fails is due at once, for its next holder to end it', async () => {
  await empty()
  const { db } = database
  const one = call()
  await acceptQueuedCalls(db, await caller(), [one], same)
  const [claim] = await claimCalls(db, request)
  if (claim === undefined) throw new Error('unreachable')
  expect(await abortQueuedCall(db, one.id.toUpperCase(), 'enough')).toMatchObject({
    outcome: 'requested',
  })
  await releaseQueuedCall(db, claim, { delayMs: 60_000, uncounted: false })
  expect(await claimCalls(db, request)).toMatchObject([
    { id: one.id, abortRequested: true, abortReason: 'enough' },
  ])
})

test('limits of one account and of operations count in the place of those for all', async () => {
  await empty()
  const { db } = database
  const [many, few] = [await caller(), await caller()]
  const queue = (who: typeof many, operationName: string, count: number) =>
    acceptQueuedCalls(
      db,
      who,
      Array.from({ length: count }, () => call({ operationName })),
      same,
    )
  await queue(many, 'a.one', 9)
  await queue(few, 'b.one', 9)
  await queue(few, 'b.two', 9)
  const countsOf = (claims: readonly { accountId: string | null; operationName: string }[]) => ({
    many: claims.filter(({ accountId }) => accountId === many.accountId).length,
    few: claims.filter(({ accountId }) => accountId === few.accountId).length,
    one: claims.filter(({ operationName }) => operationName === 'b.one').length,
  })
  await setRequestLimits(db, { of: 'account', id: few.accountId }, { queuedAtATime: 6 })
  const limits = { ...request, limit: 50, maxPerAccount: 4, maxPerOperation: 9 }
  const limitsOf = { 'b.*': { atATime: 1 }, 'b.one': { atATime: 2 }, 'b.on*': { atATime: 9 } }
  // Four of the first account; of the other one two of `b.one` and one of `b.two`, three of six.
  expect(countsOf(await claimCalls(db, { ...limits, limitsOf }))).toEqual({
    many: 4,
    few: 3,
    one: 2,
  })
  expect(countsOf(await claimCalls(db, limits))).toMatchObject({ many: 0, few: 3 })
  await setRequestLimits(db, { of: 'account', id: few.accountId }, { queuedAtATime: 0, perDay: 5 })
  expect(countsOf(await claimCalls(db, limits))).toMatchObject({ many: 0, few: 12 })
})

test('starts in a second are limited for one account and for operations', async () => {
  await empty()
  const { db } = database
  const [slow, free] = [await caller(), await caller()]
  for (const who of [slow, free])
    await acceptQueuedCalls(
      db,
      who,
      Array.from({ length: 6 }, () => call({ operationName: 'a.one' })),
      same,
    )
  await setRequestLimits(db, { of: 'account', id: slow.accountId }, { queuedPerSecond: 2 })
  const limits = { ...request, limit: 50, limitsOf: { 'a.*': { perSecond: 5 } } }
  // `now()` does not change in a transaction.
  const claims = await db.transaction(async (tx) => {
    const first = await claimCalls(tx, { ...limits, limit: 3 })
    return [...first, ...(await claimCalls(tx, limits)), ...(await claimCalls(tx, limits))]
  })
  expect(claims).toHaveLength(5)
  expect(claims.filter(({ accountId }) => accountId === slow.accountId)).toHaveLength(2)
  await database.sql`update queue_starts set second = second - interval '1 second'`
  expect(await claimCalls(db, limits)).toHaveLength(5)
})

test('a claim reads what it takes, however many calls wait', async () => {
  await empty()
  await using one = await openDatabase(postgres.url, { max: 1 })
  const { db, sql } = one
  const owner = await caller()
  await acceptQueuedCalls(db, owner, [call()], same)
  // The planner knows three operations of one account, whose calls all have the same priority.
  await sql`
    insert into queued_calls (id, status, operation_name, input, retry, max_attempts, backoff_ms, timeout_ms, not_before, expires_at, priority,
      depth, account_id, grant_id)
    select gen_random_uuid(), status, 'an-operation-of-the-test.op' || n % 3, input, retry, max_attempts, backoff_ms, timeout_ms, not_before - interval '1 hour' + n / 500 * interval '1 second',
      now() + interval '1 hour', priority, depth, account_id, grant_id
    from queued_calls cross join generate_series(1, 30000) n where status = 'accepted'`
  await sql`analyze queued_calls`
  const read = async (): Promise<number> => {
    await sql`select pg_stat_force_next_flush()`
    const [row] = await sql<{ read: string }[]>`
      select idx_tup_fetch as read from pg_stat_user_tables where relname = 'queued_calls'`
    return Number(row?.read)
  }
  const before = await read()
  expect(await claimCalls(db, { ...request, limit: 32 })).toHaveLength(32)
  expect((await read()) - before).toBeLessThan(3000)
  await sql`truncate queued_calls cascade`
})

test('a dead letter is repeated once, and others of the same request stay as they are', async () => {
  await empty()
  const { db } = database
  const who = await caller()
  const one = call()
  await acceptQueuedCalls(db, who, [one], same)
  const [claim] = await claimCalls(db, request)
  if (claim === undefined) throw new Error('unreachable')
  const again = call()
  const repeat = async (id: string) => [
    ...(await repeatQueuedCalls(db, who, [
      { call: call({ id }), repeats: one.id },
      { call: call(), repeats: uuidv7() },
    ])),
  ]
  expect(await repeat(again.id)).toEqual([])
  const error = { code: 'EXECUTION_ERROR', message: 'No.' }
  await settleQueuedCall(db, claim, { status: 'failed', error, ran: 'yes' })
  const dead = { accountId: who.accountId, dead: true, code: 'EXECUTION_ERROR' }
  expect((await listQueuedCalls(db, dead)).items).toMatchObject([{ id: one.id, error }])
  const other = await caller()
  expect(await repeatQueuedCalls(db, other, [{ call: call(), repeats: one.id }])).toEqual(new Set())
  expect(await repeat(again.id)).toEqual([one.id])
  expect(await getQueuedCall(db, one.id)).toMatchObject({ repeatedAs: again.id })
  expect(await countQueuedCalls(db, dead)).toBe(0)
  expect(await repeat(uuidv7())).toEqual([])
  const { items } = await listQueuedCalls(db, { accountId: who.accountId })
  expect(items.map(({ id }) => id)).toEqual([again.id, one.id])
})

test('calls are aborted in one transaction: those that wait end, those that run are asked, those of others are not touched', async () => {
  await empty()
  const { db } = database
  const [who, other] = [await caller(), await caller()]
  const [running, waiting, ended] = [call({ priority: 9 }), call(), call({ delayMs: 60_000 })]
  await acceptQueuedCalls(db, who, [running, waiting, ended], same)
  const foreign = call()
  await acceptQueuedCalls(db, other, [foreign], same)
  const [claim] = await claimCalls(db, { ...request, limit: 1 })
  await abortQueuedCall(db, ended.id, 'before')
  const ids = [running, waiting, ended, foreign].map(({ id }) => id.toUpperCase())
  const aborts = await abortQueuedCalls(db, who.accountId, ids, 'enough')
  expect(new Map(aborts.map(({ callId, outcome }) => [callId, outcome]))).toEqual(
    new Map([
      [running.id, 'requested'],
      [waiting.id, 'aborted'],
      [ended.id, 'too-late'],
    ]),
  )
  expect(aborts.find(({ callId }) => callId === running.id)).toMatchObject({
    attemptCallId: claim?.attemptCallId,
  })
  expect(await getQueuedCall(db, running.id)).toMatchObject({ abortReason: 'enough' })
  expect(await getQueuedCall(db, waiting.id)).toMatchObject({
    status: 'aborted',
    error: { code: 'ABORTED', message: 'enough' },
  })
  expect(await getQueuedCall(db, foreign.id)).toMatchObject({ status: 'accepted' })
})

test('ended calls are deleted after their time, dead letters later, and waiting calls never', async () => {
  await empty()
  const { db } = database
  const [done, dead, waiting] = [call({ priority: 2 }), call({ priority: 1 }), call()]
  await acceptQueuedCalls(db, await caller(), [done, dead, waiting], same)
  const [first, second] = await claimCalls(db, { ...request, limit: 2 })
  if (first === undefined || second === undefined) throw new Error('unreachable')
  await settleQueuedCall(db, first, { status: 'completed', envelope: '{}' })
  const error = { code: 'EXECUTION_ERROR', message: 'No.' }
  await settleQueuedCall(db, second, { status: 'failed', error, ran: 'yes' })
  await database.sql`update queued_calls set created_at = now() - interval '40 days'`
  await database.sql`update queued_calls set ended_at = now() - interval '10 days' where ended_at is not null`
  const days = (n: number) => n * 86_400_000
  expect(await pruneQueuedCalls(db, { endedMs: days(7), deadMs: days(30), limit: 10 })).toBe(1)
  expect(await getQueuedCall(db, done.id)).toBeUndefined()
  expect(await pruneQueuedCalls(db, { endedMs: days(7), deadMs: days(8), limit: 10 })).toBe(1)
  expect(await getQueuedCall(db, waiting.id)).toMatchObject({ status: 'accepted' })
})

test('the call of a step is kept as long as its run has not ended', async () => {
  await empty()
  const { db, sql } = database
  const who = await caller()
  const runId = uuidv7()
  const ofRun = call({ parentRequestId: runId })
  await acceptQueuedCalls(db, who, [ofRun], same)
  const [claim] = await claimCalls(db, request)
  await settleQueuedCall(db, must(claim), { status: 'completed', envelope: '{"data":1}' })
  await sql`update queued_calls set ended_at = now() - interval '10 days' where id = ${ofRun.id}`
  const { id: projectId } = await ensureProject(db, { slug: 'p', ownerId: who.accountId })
  const [version] = await sql`
    insert into workflow_templates (id, owner_id, project_id, name, version, template, hash, steps)
    values (${uuidv7()}, ${who.accountId}, ${projectId}, 'w', 1, '{}', 'h', 1) returning id`
  await sql`
    insert into workflow_runs (id, template_id, template_hash, project_id, account_id)
    values (${runId}, ${must(version)['id']}, 'h', ${projectId}, ${who.accountId})`
  const prune = () => pruneQueuedCalls(db, { endedMs: 1000, deadMs: 1000, limit: 10 })
  expect(await prune()).toBe(0)
  await sql`update workflow_runs set status = 'completed', ended_at = now() where id = ${runId}`
  expect(await prune()).toBe(1)
})

test('a call of a step is no dead letter: it is not listed, not repeated, and deleted with the others', async () => {
  await empty()
  const { db } = database
  const who = await caller()
  const [own, ofRun] = [
    call({ priority: 2 }),
    call({ priority: 1, metadata: { workflowRunId: uuidv7() } }),
  ]
  await acceptQueuedCalls(db, who, [own, ofRun], same)
  const error = { code: 'EXECUTION_ERROR', message: 'No.' }
  for (const claim of await claimCalls(db, { ...request, limit: 2 }))
    await settleQueuedCall(db, claim, { status: 'failed', error, ran: 'yes' })
  const dead = { accountId: who.accountId, dead: true }
  expect((await listQueuedCalls(db, dead)).items.map(({ id }) => id)).toEqual([own.id])
  const viewer = { accountId: who.accountId, orgIds: [] }
  expect((await listInbox(db, { viewer })).items).toMatchObject([
    { kind: 'dead-letter', id: own.id },
  ])
  expect(await repeatQueuedCalls(db, who, [{ call: call(), repeats: ofRun.id }])).toEqual(new Set())
  await database.sql`update queued_calls set ended_at = now() - interval '10 days'`
  const days = (n: number) => n * 86_400_000
  expect(await pruneQueuedCalls(db, { endedMs: days(7), deadMs: days(30), limit: 10 })).toBe(1)
  expect(await getQueuedCall(db, own.id)).toBeDefined()
})
