import { expect, test } from 'vitest'
import { setChange } from './offered-set.ts'

test('new, changed and removed operations are counted separately', () => {
  const before = new Map([
    ['a.kept', '1'],
    ['a.changed', '2'],
    ['a.removed', '3'],
    ['b.removed', '4'],
  ])
  const after = new Map([
    ['a.kept', '1'],
    ['a.changed', 'other'],
    ['a.added', '5'],
  ])
  expect(setChange(before, after)).toEqual({ added: 1, changed: 1, removed: 2 })
  expect(setChange(after, after)).toEqual({ added: 0, changed: 0, removed: 0 })
})
