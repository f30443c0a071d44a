import { expect, test } from 'vitest'
import { FairQueue } from './fair-queue.ts'

function taken(queue: FairQueue<string>): string[] {
  const items: string[] = []
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item)
  return items
}

test('groups take turns, each in the order of its own items', () => {
  const queue = new FairQueue<string>()
  for (const item of ['a1', 'a2', 'a3']) queue.push('a', item)
  queue.push('b', 'b1')
  queue.push('c', 'c1')
  queue.push('b', 'b2')
  expect(queue.size).toBe(6)
  expect(taken(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  expect(queue.size).toBe(0)
})

test('what is removed is not taken, and an empty group has no turn', () => {
  const queue = new FairQueue<string>()
  queue.push('a', 'a1')
  queue.push('b', 'b1')
  expect(queue.remove('a', 'a1')).toBe(true)
  expect(queue.remove('a', 'a1')).toBe(false)
  expect(queue.remove('none', 'x')).toBe(false)
  expect(taken(queue)).toEqual(['b1'])
})

test('draining returns all items and leaves none', () => {
  const queue = new FairQueue<string>()
  queue.push('a', 'a1')
  queue.push('b', 'b1')
  expect(queue.drain().toSorted()).toEqual(['a1', 'b1'])
  expect([queue.size, queue.shift()]).toEqual([0, undefined])
})
