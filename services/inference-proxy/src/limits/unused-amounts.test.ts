import { expect, test } from 'vitest'
import type { CallLimit } from './limit-script.ts'
import type { CountedAmount } from './limit-slices.ts'
import { UnusedAmounts } from './unused-amounts.ts'

const limit = (redisKey: string, amount: number): CallLimit => ({
  redisKey,
  unit: 'tokens',
  limit: 1000,
  amount,
})

const amounts = (second: number, ...limits: CallLimit[]): CountedAmount[] =>
  limits.map((one) => ({ limit: one, second }))

test('what calls have not used is added up by limit and second, and given out once', () => {
  const unused = new UnusedAmounts()
  unused.add(amounts(1, limit('a', -5), limit('b', -7)))
  unused.add(amounts(1, limit('a', -10)))
  unused.add(amounts(2, limit('a', 3)))
  expect(unused.calls).toBe(3)
  expect(unused.takeAll()).toEqual([
    { second: 1, limits: [limit('a', -15), limit('b', -7)] },
    { second: 2, limits: [limit('a', 3)] },
  ])
  expect(unused.calls).toBe(0)
  expect(unused.takeAll()).toEqual([])
})

test('a call that used what it took leaves nothing', () => {
  const unused = new UnusedAmounts()
  unused.add(amounts(1, limit('a', 0)))
  expect(unused.calls).toBe(0)
  expect(unused.takeAll()).toEqual([])
})
