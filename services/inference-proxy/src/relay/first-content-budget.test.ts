import { expect, test } from 'vitest'
import { FirstContentBudget } from './first-content-budget.ts'

test.each([
  [undefined, 2, true],
  [undefined, 0, true],
  ['40000', 0, true],
  ['40000', 2, false],
  ['1', 0, false],
])('with the header %s the share before %i followers is fair: %s', (header, followers, isFair) => {
  const budget = new FirstContentBudget({ 'x-alkhub-first-content-ms': header }, 180_000, 3)
  expect(budget.isFair(budget.share(followers))).toBe(isFair)
})
