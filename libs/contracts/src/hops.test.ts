import { expect, test } from 'vitest'
import { hopDepth } from './hops.ts'

test.each([
  ['a1b2:3', 3],
  ['a1b2:3, c4:7', 7],
  ['a1b2:999999', 1000],
])('the depth of the header %j is %d', (header, depth) => expect(hopDepth(header)).toBe(depth))

test.each([undefined, '', 'nonsense', 'a:b', 'a:-1', ['a:1']])(
  'the header %j names no depth',
  (header) => expect(hopDepth(header)).toBeUndefined(),
)
