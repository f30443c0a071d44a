import { uuidv7 } from '@alkdev/std'
import { inTransaction, openDatabase } from '@alkdev/storage'
import { closeBudget, getBudget, openBudget } from '@alkdev/storage/inference'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StepFailure } from '../model/step-failure.ts'
import { TurnOver } from './turn-over.ts'
import { raiseAsAnswered, waitForBudget } from './wait-for-budget.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
})
afterAll(() => stack.disposeAsync())

/** A budget of 1000 tokens that is used up, and what two sessions that wait for it ask. */
async function asked() {
  const sessionId = uuidv7()
  const { id } = await openBudget(opened.db, { sessionId, unit: 'tokens', limitAmount: 1000 })
  const topUp = { sessionId, budgetId: id, unit: 'tokens', limit: 1000, amount: 1000 }
  return { id, approval: { details: JSON.stringify(topUp), answer: null } }
}

const isOneWaiting = async (): Promise<boolean> => {
  const [row] = await opened.sql<{ waiting: number }[]>`
    select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  return (row?.waiting ?? 0) > 0
}

test('two answers at the same time raise a budget once', async () => {
  const { id, approval } = await asked()
  const { second } = await inTransaction(opened.db, async (tx) => {
    await raiseAsAnswered(tx, approval)
    const later = inTransaction(opened.db, (other) => raiseAsAnswered(other, approval))
    await expect.poll(isOneWaiting, { timeout: 60_000 }).toBe(true)
    return { second: later }
  })
  await second
  expect(await getBudget(opened.db, id)).toMatchObject({ limitAmount: 2000 })
}, 90_000)

test('an answer about a budget that was closed meanwhile changes nothing', async () => {
  const { id, approval } = await asked()
  await closeBudget(opened.db, id)
  await inTransaction(opened.db, (tx) => raiseAsAnswered(tx, approval))
  const rows = await opened.sql`select limit_amount::int as limit from budgets where id = ${id}`
  expect([...rows]).toEqual([{ limit: 1000 }])
})

test.each([
  [null, 2000],
  ['Go ahead.', 2000],
  [' 50 ', 1050],
])('the answer %j raises a budget of 1000 to %d', async (answer, limitAmount) => {
  const { id, approval } = await asked()
  await inTransaction(opened.db, (tx) => raiseAsAnswered(tx, { ...approval, answer }))
  expect(await getBudget(opened.db, id)).toMatchObject({ limitAmount })
})

test.each(['0', '1,000', '1.5', '$5', '500 tokens', '-1', '1e3', '٥'])(
  'the answer %j, which may mean less than the whole, is refused',
  async (answer) => {
    const { id, approval } = await asked()
    const raised = inTransaction(opened.db, (tx) => raiseAsAnswered(tx, { ...approval, answer }))
    await expect(raised).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(await getBudget(opened.db, id)).toMatchObject({ limitAmount: 1000 })
  },
)

test.each([
  ['the account of the session', 'ada', 'asked'],
  ['an administrator', 'root', 'budget'],
])(
  'with a budget that was set by %s, a turn of ada that has used it: %s %s',
  async (_who, createdBy, end) => {
    const session = { id: uuidv7(), accountId: 'ada', orgId: null, title: 'Work' }
    const limit = { sessionId: session.id, unit: 'tokens', limitAmount: 10, createdBy } as const
    const { id: budgetId } = await openBudget(opened.db, limit)
    const parkForApproval = async () => 'asked'
    const runtime = { db: opened.db }
    const hold = { options: { runtime }, session, turn: { id: uuidv7() }, parkForApproval }
    const failure = new StepFailure('budget', 'BUDGET_EXCEEDED', 'No room.', { budgetId })
    const outcome = await waitForBudget(hold as never, failure, 1).catch(
      (error: unknown) => error instanceof TurnOver && error.end.reason,
    )
    expect(outcome).toBe(end)
  },
)
