import { expect, test } from 'vitest'
import { GroupWrites } from './group-writes.ts'
import type { GroupWritesOptions } from './group-writes.ts'

interface Write {
  readonly items: readonly number[]
  readonly end: PromiseWithResolvers<readonly string[]>
}

function groupWrites(
  options: Partial<Omit<GroupWritesOptions<number, string>, 'write' | 'sizeOf'>> = {},
) {
  const writes: Write[] = []
  const group = new GroupWrites<number, string>({
    maxItems: 3,
    maxSize: 100,
    maxWrites: 1,
    maxWaiting: 10,
    ...options,
    sizeOf: (item) => item,
    write(items) {
      const end = Promise.withResolvers<readonly string[]>()
      writes.push({ items, end })
      return end.promise
    },
  })
  const answer = (at: number): void =>
    writes[at]?.end.resolve(writes[at].items.map((item) => `written ${item}`))
  return { group, writes, answer }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('items of one turn of the event loop are written together, and those that come meanwhile together after them', async () => {
  const { group, writes, answer } = groupWrites()
  const first = [group.add(1), group.add(2)]
  expect(writes).toEqual([])
  await turn()
  const second = [3, 4, 5, 6].map((item) => group.add(item))
  await turn()
  expect(writes.map(({ items }) => items)).toEqual([[1, 2]])
  answer(0)
  expect(await Promise.all(first)).toEqual(['written 1', 'written 2'])
  await turn()
  expect(writes.map(({ items }) => items)).toEqual([
    [1, 2],
    [3, 4, 5],
  ])
  answer(1)
  await turn()
  answer(2)
  expect(await Promise.all(second)).toEqual(['written 3', 'written 4', 'written 5', 'written 6'])
})

test('a write is no larger than its limit, except for one item that is', async () => {
  const { group, writes } = groupWrites({ maxWrites: 10 })
  for (const item of [60, 50, 500, 10, 20]) void group.add(item)
  await turn()
  expect(writes.map(({ items }) => items)).toEqual([[60], [50], [500], [10, 20]])
})

test('a failed write rejects its own items, and the next items are written', async () => {
  const { group, writes, answer } = groupWrites()
  const lost = [group.add(1), group.add(2)]
  await turn()
  const next = group.add(3)
  writes[0]?.end.reject(new Error('refused'))
  for (const one of lost) await expect(one).rejects.toThrow('refused')
  await turn()
  answer(1)
  expect(await next).toBe('written 3')
})

test('an item over the number that may wait is refused', async () => {
  const { group } = groupWrites({ maxWaiting: 1 })
  void group.add(1)
  await expect(group.add(2)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
