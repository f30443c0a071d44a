import { setTimeout as wait } from 'node:timers/promises'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { deleteBudget, getBudget, setBudget } from './budgets.ts'
import type { Budget, BudgetLimit } from './budgets.ts'
import { findLostCalls, openCalls, renewCalls, settleCalls } from './ledger.ts'
import { closeBudget, openBudget, raiseBudget, transferBudget } from './session-budgets.ts'
import { ACCOUNT, openingCall, settledCall } from './test-calls.ts'

let postgres: TestDatabase
let database: Database
/** As three processes would have. */
let replicas: Database[]

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url, { max: 4 })
  replicas = await Promise.all([1, 2, 3].map(() => openDatabase(postgres.url, { max: 4 })))
})
afterAll(async () => {
  await Promise.all(replicas?.map((one) => one.close()) ?? [])
  await database?.close()
  await postgres?.[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.sql`truncate budgets, budget_entries, inference_usage, inference_attempts cascade`
})

const budget = (given: Partial<BudgetLimit> = {}): Promise<Budget> =>
  setBudget(database.db, {
    subjectType: 'account',
    subjectId: ACCOUNT,
    model: '',
    unit: 'tokens',
    period: 'total',
    limitAmount: 1000,
    maxOutputTokens: null,
    createdBy: ACCOUNT,
    ...given,
  })
const amounts = async ({ id }: { id: string }) => {
  const [row] = await database.sql<
    { spent: number; reserved: number; subtree: number }[]
  >`select spent::int, reserved::int, subtree_spent::int as subtree from budgets where id = ${id}`
  return row
}

test('a call reserves its worst case in every budget that counts it, and is charged what it used', async () => {
  const tokens = await budget()
  const cost = await budget({ unit: 'cost', limitAmount: 5000 })
  const model = await budget({ subjectType: 'model', subjectId: 'acme/small', period: 'day' })
  const other = await budget({ model: 'acme/large', period: 'month' })
  const call = openingCall()
  expect(await openCalls(database.db, [call])).toEqual(new Map())
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 100, subtree: 0 })
  expect(await amounts(cost)).toEqual({ spent: 0, reserved: 1000, subtree: 0 })
  expect(await settleCalls(database.db, [settledCall(call, { tokens: 7, micros: 70 })])).toEqual([
    call.id,
  ])
  expect(await amounts(tokens)).toEqual({ spent: 7, reserved: 0, subtree: 7 })
  expect(await amounts(cost)).toEqual({ spent: 70, reserved: 0, subtree: 70 })
  expect(await amounts(model)).toEqual({ spent: 7, reserved: 0, subtree: 7 })
  expect(await amounts(other)).toEqual({ spent: 0, reserved: 0, subtree: 0 })
})

test('a call that does not fit into one budget reserves in none, and its row says that it was refused', async () => {
  const tokens = await budget()
  const cost = await budget({ unit: 'cost', limitAmount: 999 })
  const call = openingCall()
  expect((await openCalls(database.db, [call])).get(call.id)).toMatchObject({
    reason: 'exceeded',
    budgetId: cost.id,
    needed: 1000,
    limit: 999,
  })
  expect(await amounts(tokens)).toMatchObject({ reserved: 0 })
  const [row] = await database.sql`
    select status, code, ended_by, usage_source, cost_micros::int from inference_usage where id = ${call.id}`
  expect(row).toEqual({
    status: 402,
    code: 'BUDGET_EXCEEDED',
    ended_by: 'hub',
    usage_source: 'none',
    cost_micros: 0,
  })
})

test('a call without a price is refused where money counts, and nowhere else', async () => {
  await budget()
  const call = openingCall({ worstMicros: null })
  expect(await openCalls(database.db, [call])).toEqual(new Map())
  await budget({ unit: 'cost' })
  const next = openingCall({ worstMicros: null })
  expect((await openCalls(database.db, [next])).get(next.id)).toMatchObject({ reason: 'unpriced' })
})

test('the first end of a call counts, and an estimated one gives way to that of the proxy', async () => {
  const tokens = await budget()
  const call = openingCall({ leaseMs: 0 })
  await openCalls(database.db, [call])
  await wait(5)
  expect((await findLostCalls(database.db, 10)).map(({ id }) => id)).toEqual([call.id])
  const swept = settledCall(call, { tokens: 10, micros: 1 }, { settledBy: 'sweep' })
  expect(await settleCalls(database.db, [swept])).toEqual([call.id])
  expect(await settleCalls(database.db, [swept])).toEqual([])
  expect(await amounts(tokens)).toEqual({ spent: 10, reserved: 0, subtree: 10 })
  const real = settledCall(call, { tokens: 4, micros: 2 })
  expect(await settleCalls(database.db, [real])).toEqual([call.id])
  expect(await settleCalls(database.db, [real])).toEqual([])
  expect(await amounts(tokens)).toEqual({ spent: 4, reserved: 0, subtree: 4 })
  const rows = await database.sql`select attempt, input_tokens::int from inference_attempts`
  expect([...rows]).toEqual([{ attempt: 1, input_tokens: 4 }])
})

test('a call whose lease is renewed is not lost, and one that is not open is not opened again', async () => {
  const call = openingCall({ leaseMs: 0 })
  await openCalls(database.db, [call])
  await renewCalls(database.db, [{ id: call.id, output: 33 }], 60_000)
  expect(await findLostCalls(database.db, 10)).toEqual([])
  const swept = settledCall(call, { tokens: 1, micros: 1 }, { settledBy: 'sweep' })
  expect(await settleCalls(database.db, [swept])).toEqual([])
  expect((await openCalls(database.db, [call])).get(call.id)).toEqual({ reason: 'duplicate' })
})

test('a call with a text that cannot be stored is opened, settled and charged like any other', async () => {
  const tokens = await budget()
  const opened = openingCall({ requestedModel: 'acme/\0', model: '\ud800' })
  expect(await openCalls(database.db, [opened])).toEqual(new Map())
  const settled = settledCall(opened, { tokens: 7, micros: 1 })
  const attempts = settled.attempts.map((one) => ({ ...one, target: 'acme/\ud800\0' }))
  expect(await settleCalls(database.db, [{ ...settled, attempts }])).toEqual([opened.id])
  expect(await amounts(tokens)).toMatchObject({ spent: 7, reserved: 0 })
})

test('a call whose opening row was lost is written and charged when it is settled', async () => {
  const tokens = await budget()
  const call = openingCall()
  expect(await settleCalls(database.db, [settledCall(call, { tokens: 5, micros: 5 })])).toEqual([
    call.id,
  ])
  expect(await amounts(tokens)).toEqual({ spent: 5, reserved: 0, subtree: 5 })
})

test('a new day or month starts at zero, with what is still reserved', async () => {
  const daily = await budget({ period: 'day', limitAmount: 150 })
  await database.sql`update budgets set spent = 140, period_start = period_start - interval '2 days'`
  const [first, second] = [openingCall(), openingCall()]
  expect(await openCalls(database.db, [first])).toEqual(new Map())
  await database.sql`update budgets set period_start = period_start - interval '2 days'`
  expect((await openCalls(database.db, [second])).get(second.id)).toMatchObject({ reserved: 100 })
  expect(await amounts(daily)).toMatchObject({ spent: 0, reserved: 100 })
})

test('the budget of a session counts for the sessions below it, and a part of it counts for itself', async () => {
  const ids = ['root', 'child', 'grandchild'].map((name) => `session-${name}`)
  await database.sql`
    insert into accounts (id, email) values (${ACCOUNT}, 'a@example.org')`
  await database.sql`
    insert into projects (id, name, slug, owner_id) values ('project', 'project', 'project', ${ACCOUNT})`
  for (const [at, id] of ids.entries())
    // oxlint-disable-next-line no-await-in-loop -- each names the one before
    await database.sql`
      insert into sessions (id, project_id, parent_id, title, slug) values (${id}, 'project', ${ids[at - 1] ?? null}, ${id}, ${id})`
  const [root = '', child = '', grandchild = ''] = ids
  const whole = await openBudget(database.db, {
    sessionId: root,
    unit: 'tokens',
    limitAmount: 1000,
  })
  const deep = openingCall({ sessionId: grandchild })
  await openCalls(database.db, [deep])
  expect(await amounts(whole)).toMatchObject({ reserved: 100 })
  await settleCalls(database.db, [settledCall(deep, { tokens: 40, micros: 0 })])
  const part = await transferBudget(database.db, whole.id, {
    sessionId: child,
    unit: 'tokens',
    limitAmount: 300,
  })
  expect(await amounts(whole)).toEqual({ spent: 40, reserved: 300, subtree: 40 })
  await expect(
    transferBudget(database.db, whole.id, { sessionId: 'x', unit: 'tokens', limitAmount: 661 }),
  ).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' })
  const inPart = openingCall({ sessionId: grandchild })
  await openCalls(database.db, [inPart])
  expect(await amounts(part)).toMatchObject({ reserved: 100 })
  expect(await amounts(whole)).toMatchObject({ reserved: 300 })
  await expect(raiseBudget(database.db, part.id, 661)).rejects.toMatchObject({
    code: 'BUDGET_EXCEEDED',
    details: { needed: 661, left: 660 },
  })
  expect(await raiseBudget(database.db, part.id, 50)).toMatchObject({ limitAmount: 350 })
  expect(await amounts(whole)).toMatchObject({ reserved: 350 })
  await closeBudget(database.db, part.id)
  expect(await amounts(whole)).toMatchObject({ reserved: 350 })
  await expect(raiseBudget(database.db, part.id, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await settleCalls(database.db, [settledCall(inPart, { tokens: 60, micros: 0 })])
  expect(await amounts(part)).toEqual({ spent: 60, reserved: 0, subtree: 60 })
  expect(await amounts(whole)).toEqual({ spent: 100, reserved: 0, subtree: 100 })
  await expect(deleteBudget(database.db, whole.id)).rejects.toMatchObject({ code: 'CONFLICT' })
  await database.sql`delete from sessions`
  await database.sql`delete from projects`
})

test('with 50 callers on 3 replicas, no limit is exceeded by one and nothing stays reserved, however calls end', async () => {
  const limits = {
    tokens: await budget({ limitAmount: 4321 }),
    cost: await budget({ unit: 'cost', limitAmount: 50_001 }),
    requests: await budget({ unit: 'requests', period: 'day', limitAmount: 120 }),
    model: await budget({ subjectType: 'model', subjectId: 'acme/small', limitAmount: 4000 }),
  }
  let seed = 7
  const random = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most
  let admitted = 0
  const over = new AbortController()
  const watch = (async () => {
    while (!over.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      const rows = await database.sql`
        select id, spent, reserved, limit_amount from budgets where spent + reserved > limit_amount`
      expect([...rows]).toEqual([])
    }
  })()
  await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      const { db } = replicas[at % 3] ?? database
      for (let n = 0; n < 4; n++) {
        const [worstTokens, worstMicros] = [1 + random(200), 1 + random(2000)]
        const call = openingCall({
          worstTokens,
          worstMicros,
          leaseMs: random(4) === 0 ? 0 : 60_000,
        })
        // oxlint-disable-next-line no-await-in-loop -- a caller makes one call after the other
        if ((await openCalls(db, [call])).size > 0) continue
        admitted += 1
        const used = { tokens: random(worstTokens + 1), micros: random(worstMicros + 1) }
        if (call.leaseMs === 0) continue
        const end = random(3) === 0 ? settledCall(call) : settledCall(call, used)
        // oxlint-disable-next-line no-await-in-loop
        await settleCalls(db, [end])
      }
    }),
  )
  // The calls of replicas that crashed.
  for (const lost of await findLostCalls(database.db, 1000)) {
    const call = openingCall({
      ...lost,
      parentId: undefined,
      keyId: undefined,
      orgId: undefined,
      sessionId: undefined,
      provider: 'acme',
      model: 'small',
    })
    const end = settledCall(call, { tokens: 1, micros: 1 }, { settledBy: 'sweep' })
    // oxlint-disable-next-line no-await-in-loop
    await settleCalls(database.db, [end])
  }
  over.abort()
  await watch
  expect(admitted).toBeGreaterThan(50)
  const [sums] = await database.sql<{ tokens: number; micros: number; requests: number }[]>`
    select sum(input_tokens)::int as tokens, sum(cost_micros)::int as micros, count(*)::int as requests from inference_attempts`
  expect(await amounts(limits.tokens)).toMatchObject({ spent: sums?.tokens, reserved: 0 })
  expect(await amounts(limits.cost)).toMatchObject({ spent: sums?.micros, reserved: 0 })
  expect(await amounts(limits.requests)).toMatchObject({ spent: sums?.requests, reserved: 0 })
  expect(await amounts(limits.model)).toMatchObject({ spent: sums?.tokens, reserved: 0 })
  expect(await getBudget(database.db, limits.model.id)).toMatchObject({ limitAmount: 4000 })
})
