import { afterAll, beforeAll, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'
import { costOf } from './usage.ts'

const tokens = {
  input: 1,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 1,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
}
const item = (calls: number, unpriced: number, costMicros: number, group = 'a/b') => ({
  group,
  calls,
  unpriced,
  costMicros,
  failed: 0,
  estimated: 0,
  inputTokens: 1,
  outputTokens: 1,
  tokens,
})

test('calls whose prices are all unknown have no cost, instead of one of nothing', () => {
  expect(costOf(item(2, 2, 0))).toBe('-')
  expect(costOf(item(2, 1, 1_500_000))).toBe('$1.50')
  expect(costOf(item(2, 0, 0))).toBe('$0.00')
})

const accountId = '018f4a1e-0000-7001-8000-000000000000'
const keyId = '018f4a1e-0000-7002-8000-000000000000'
const budget = { budgetId: keyId, unit: 'requests', period: 'day', limit: 5 }
const answers: Record<string, unknown> = {
  'inference.usage': { items: [item(1, 0, 0, accountId), item(1, 0, 0, keyId)] },
  'budgets.list': {
    items: [
      { ...budget, subjectType: 'key', subjectId: keyId },
      { ...budget, subjectType: 'model', subjectId: 'a/b' },
    ],
  },
  'accounts.list': { items: [{ accountId, email: 'ada@example.com' }] },
  'keys.list': { items: [{ keyId, name: 'laptop' }] },
}
const hub = new AnsweringListener(({ operation }) => answers[operation])
beforeAll(() => hub.start())
afterAll(() => hub.stop())

test('usage and budgets show accounts by their address and keys by their name', async () => {
  const { out } = await run(['usage', '--by', 'account', ...hub.args])
  expect(out).toMatch(/\nada@example\.com +1 /)
  expect(out).toMatch(/\nlaptop +1 /)
  const budgets = await run(['budgets', 'list', ...hub.args])
  expect(budgets.out).toMatch(/ key +laptop /)
  expect(budgets.out).toMatch(/ model +a\/b /)
})
