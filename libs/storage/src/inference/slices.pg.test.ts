import { setTimeout as wait } from 'node:timers/promises'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import type { StatementLane } from '../database/statement-lane.ts'
import { deleteBudget, setBudget } from './budgets.ts'
import type { Budget, BudgetLimit } from './budgets.ts'
import { BEGIN_CALLS, openCalls, settleCalls } from './ledger.ts'
import type { BegunRow } from './ledger.ts'
import type { BeginningCall } from './ledger-call.ts'
import { changeSlices, returnLostSlices } from './slices.ts'
import type { ChangedSlice } from './slices.ts'
import { ACCOUNT, openingCall, settledCall } from './test-calls.ts'

const LEASE_MS = 60_000
let postgres: TestDatabase
let database: Database
let lane: StatementLane<BegunRow>

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url, { max: 4 })
  lane = database.openLane(BEGIN_CALLS)
})
afterAll(async () => {
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
    limitAmount: 64_000,
    maxOutputTokens: null,
    createdBy: ACCOUNT,
    ...given,
  })
const amounts = async ({ id }: { id: string }) => {
  const [row] = await database.sql<{ spent: number; reserved: number; sliced: number }[]>`
    select spent::int, reserved::int, sliced::int from budgets where id = ${id}`
  return row
}
const slice = async (
  { id }: { id: string },
  amount: number,
  given: { holder?: string; leaseMs?: number; isKnown?: boolean; least?: number } = {},
): Promise<ChangedSlice | undefined> => {
  const { holder = 'a', leaseMs = LEASE_MS, isKnown = false, least = 0 } = given
  const [changed] = await changeSlices(database.db, holder, leaseMs, [
    { id, amount, least, isKnown },
  ])
  return changed
}
const begin = (calls: readonly BeginningCall[]): Promise<readonly BegunRow[]> =>
  lane.run(JSON.stringify(calls)).rows
const beginning = (taken: Record<string, number>, holder = 'a'): BeginningCall => ({
  ...openingCall(),
  slices: taken,
  holder,
})

test('a slice has at most a 64th of what is free, and nothing when that is too little', async () => {
  const tokens = await budget()
  expect(await slice(tokens, 5000)).toMatchObject({ granted: 1000, isLost: false })
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 0, sliced: 1000 })
  // 63,000 are left.
  expect(await slice(tokens, 5000, { holder: 'b', least: 985 })).toMatchObject({ granted: 0 })
  expect(await slice(tokens, 5000, { holder: 'b', least: 984 })).toMatchObject({ granted: 984 })
  expect(await slice(tokens, -1000, { isKnown: true })).toMatchObject({ granted: -1000 })
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 0, sliced: 984 })
})

test('calls of one statement move their worst cases from the slice to what is reserved, and are charged what they used', async () => {
  const tokens = await budget()
  const requests = await budget({ unit: 'requests', limitAmount: 640 })
  await slice(tokens, 300)
  await slice(requests, 3)
  const calls = [1, 2, 3].map(() => beginning({ [tokens.id]: 100, [requests.id]: 1 }))
  expect(await begin(calls)).toEqual([])
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 300, sliced: 0 })
  expect(await amounts(requests)).toEqual({ spent: 0, reserved: 3, sliced: 0 })
  await settleCalls(
    database.db,
    calls.map((call) => settledCall(call, { tokens: 7, micros: 1 })),
  )
  expect(await amounts(tokens)).toEqual({ spent: 21, reserved: 0, sliced: 0 })
  expect(await amounts(requests)).toEqual({ spent: 3, reserved: 0, sliced: 0 })
})

test('an id that was used before is refused, and its part stays in the slice', async () => {
  const tokens = await budget()
  await slice(tokens, 300)
  const call = beginning({ [tokens.id]: 100 })
  expect(await begin([call])).toEqual([])
  expect(await begin([call, beginning({ [tokens.id]: 100 })])).toEqual([
    { what: 'refused', about: call.id, facts: { reason: 'duplicate' } },
  ])
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 200, sliced: 100 })
})

test('a slice whose lease is over comes back, and its holder learns of it, whose calls are opened within the limit', async () => {
  const tokens = await budget()
  await slice(tokens, 300, { leaseMs: 1 })
  await wait(5)
  const call = beginning({ [tokens.id]: 100 })
  expect(await begin([call])).toEqual([{ what: 'lost', about: 'a', facts: null }])
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 100, sliced: 0 })
  expect(await slice(tokens, 0, { isKnown: true })).toMatchObject({ isLost: true, granted: 0 })
  await slice(tokens, 300, { leaseMs: 1 })
  await wait(5)
  await returnLostSlices(database.db)
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 100, sliced: 0 })
  await database.sql`update budgets set limit_amount = 150`
  const [refused, lost] = await begin([beginning({ [tokens.id]: 100 })])
  expect(refused).toMatchObject({ what: 'refused', facts: { reason: 'exceeded', needed: 100 } })
  expect(lost).toMatchObject({ what: 'lost' })
})

test('a call that needs what is in slices recalls them, and is opened when they have come back', async () => {
  const tokens = await budget()
  await slice(tokens, 1000)
  await database.sql`update budgets set spent = 62950`
  const call = openingCall()
  expect((await openCalls(database.db, [{ ...call, waits: true }])).get(call.id)).toMatchObject({
    reason: 'recalled',
    budgetId: tokens.id,
  })
  expect(await database.sql`select id from inference_usage`).toHaveLength(0)
  expect(await begin([beginning({ [tokens.id]: 100 })])).toEqual([
    { what: 'recalled', about: tokens.id, facts: null },
  ])
  expect(await slice(tokens, 0, { isKnown: true })).toMatchObject({ isRecalled: true })
  // No process gets a slice now.
  expect(await slice(tokens, 5, { holder: 'b' })).toMatchObject({ granted: 0 })
  expect(await slice(tokens, -900, { isKnown: true })).toMatchObject({ granted: -900 })
  expect(await openCalls(database.db, [{ ...call, waits: true }])).toEqual(new Map())
  expect(await amounts(tokens)).toEqual({ spent: 62_950, reserved: 200, sliced: 0 })
})

test('a call that does not wait is refused with what is in slices counted as reserved', async () => {
  const tokens = await budget()
  await slice(tokens, 1000)
  await database.sql`update budgets set spent = 62950`
  const call = openingCall()
  expect((await openCalls(database.db, [call])).get(call.id)).toMatchObject({
    reason: 'exceeded',
    reserved: 1000,
  })
})

test('a call that does not fit into one of its budgets without slices either is refused at once, and recalls none', async () => {
  const requests = await budget({ unit: 'requests', limitAmount: 640 })
  const tokens = await budget()
  await slice(requests, 10)
  await slice(tokens, 1000)
  await database.sql`update budgets set spent = 62950 where id = ${tokens.id}`
  await database.sql`update budgets set spent = 630 where id = ${requests.id}`
  const call = openingCall({ worstTokens: 2000, waits: true })
  expect((await openCalls(database.db, [call])).get(call.id)).toMatchObject({
    reason: 'exceeded',
    budgetId: tokens.id,
    needed: 2000,
  })
  for (const one of [requests, tokens])
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await slice(one, 0, { isKnown: true })).toMatchObject({ isRecalled: false })
})

test('a call that is short in several budgets recalls the slices of all of them', async () => {
  const requests = await budget({ unit: 'requests', limitAmount: 640 })
  const tokens = await budget()
  await slice(requests, 10)
  await slice(tokens, 1000)
  await database.sql`update budgets set spent = limit_amount - sliced`
  const call = openingCall({ waits: true })
  expect((await openCalls(database.db, [call])).get(call.id)).toMatchObject({ reason: 'recalled' })
  for (const one of [requests, tokens])
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await slice(one, 0, { isKnown: true })).toMatchObject({ isRecalled: true })
})

test('a budget that is lowered recalls its slices, one that is deleted takes them with it, and a new period keeps them', async () => {
  const tokens = await budget({ period: 'month' })
  await slice(tokens, 500)
  await database.sql`update budgets set spent = 9000, period_start = period_start - interval '40 days'`
  expect(await slice(tokens, 0, { isKnown: true })).toMatchObject({ isRecalled: false })
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 0, sliced: 500 })
  await budget({ period: 'month', limitAmount: 100_000 })
  expect(await slice(tokens, 0, { isKnown: true })).toMatchObject({ isRecalled: false })
  await budget({ period: 'month', limitAmount: 1000 })
  expect(await slice(tokens, 0, { isKnown: true })).toMatchObject({ isRecalled: true })
  await deleteBudget(database.db, tokens.id)
  expect(await slice(tokens, 0, { isKnown: true })).toMatchObject({ isLost: true })
  const call = beginning({ [tokens.id]: 100 })
  expect(await begin([call])).toEqual([{ what: 'lost', about: 'a', facts: null }])
  expect(await database.sql`select id from inference_usage`).toHaveLength(1)
})
