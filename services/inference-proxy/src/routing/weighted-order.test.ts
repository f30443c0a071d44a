import { expect, test } from 'vitest'
import { weightedOrder } from './weighted-order.ts'

const items = [
  { id: 'a', weight: 3 },
  { id: 'b', weight: 1 },
  { id: 'c', weight: 0 },
]
const firstOf = (draws: number, order: (at: number) => readonly { id: string }[]) => {
  const counts: Record<string, number> = { a: 0, b: 0, c: 0 }
  for (let at = 0; at < draws; at += 1) {
    const first = order(at)[0]?.id ?? ''
    counts[first] = (counts[first] ?? 0) + 1
  }
  return counts
}

test('sessions are spread over the items by their weights, and an item without a weight is last', () => {
  const counts = firstOf(4000, (at) => weightedOrder(items, { session: `s-${at}` }))
  expect(counts['c']).toBe(0)
  expect((counts['a'] ?? 0) / 4000).toBeCloseTo(0.75, 1)
  expect(weightedOrder(items, { session: 's' }).at(-1)?.id).toBe('c')
})

test('random draws follow the weights too', () => {
  let seed = 1
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const counts = firstOf(4000, () => weightedOrder(items, { random }))
  expect((counts['a'] ?? 0) / 4000).toBeCloseTo(0.75, 1)
})

test('a session keeps its order, and loses its first item only when that item is removed', () => {
  const many = Array.from({ length: 10 }, (_, at) => ({ id: `t${at}`, weight: 1 }))
  for (let at = 0; at < 200; at += 1) {
    const draw = { session: `s-${at}` }
    const [first] = weightedOrder(many, draw)
    expect(weightedOrder(many.toReversed(), draw)[0]).toBe(first)
    const fewer = many.filter((one) => one.id !== 't3')
    const [now] = weightedOrder(fewer, draw)
    expect(first?.id === 't3' || now === first).toBe(true)
  }
})

test.each([0, 1, Number.NaN])(
  'a random source that gives %d leaves every item in the order',
  (value) => {
    const order = weightedOrder(items, { random: () => value })
    expect(order.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'c'])
  },
)
