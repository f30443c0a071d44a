import { expect, test } from 'vitest'
import { pushedOff, withoutRepeats } from './page-items.ts'

const keyOf = (item: string): string => item
const page = (items: string, nextCursor?: string) => ({
  items: items.split(''),
  ...(nextCursor !== undefined && { nextCursor }),
})

test('items that new ones push off the first page are kept, and those that were taken out are not', () => {
  expect(pushedOff(page('dcba', 'x'), page('fedc', 'y'), keyOf)).toEqual(['b', 'a'])
  expect(pushedOff(page('dcba', 'x'), page('dbaz', 'y'), keyOf)).toEqual([])
  expect(pushedOff(page('dcba', 'x'), page('edba', 'y'), keyOf)).toEqual([])
})

test('the pages below end where the new first page does not lead to them', () => {
  expect(pushedOff(page('dcba', 'x'), page('hgfe', 'y'), keyOf)).toBeUndefined()
  expect(pushedOff(page('dcba', 'x'), page('dc'), keyOf)).toBeUndefined()
})

test('an item that is on two pages is shown once, where it comes first', () => {
  expect(withoutRepeats('dcbcab'.split(''), keyOf).join('')).toBe('dcba')
  const items = 'dcba'.split('')
  expect(withoutRepeats(items, keyOf)).toBe(items)
})
