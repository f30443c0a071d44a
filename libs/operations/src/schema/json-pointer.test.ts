import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pointerAppend, pointerGet, pointerTokens } from './json-pointer.ts'

test('the examples of RFC 6901 lead where it says', () => {
  const document = {
    foo: ['bar', 'baz'],
    '': 0,
    'a/b': 1,
    'c%d': 2,
    'e^f': 3,
    'g|h': 4,
    'i\\j': 5,
    'k"l': 6,
    ' ': 7,
    'm~n': 8,
  }
  expect(pointerGet(document, '')).toBe(document)
  expect(pointerGet(document, '/foo/0')).toBe('bar')
  expect(pointerGet(document, '/')).toBe(0)
  expect(pointerGet(document, '/a~1b')).toBe(1)
  expect(pointerGet(document, '/m~0n')).toBe(8)
  expect(pointerGet(document, '/nope/x')).toBeUndefined()
})

test('what is not a pointer has no tokens', () => {
  for (const text of ['foo', '/~2', '/~']) expect(pointerTokens(text)).toBeUndefined()
})

test('appending and reading agree for every key', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (keys) => {
      expect(pointerTokens(keys.reduce(pointerAppend, ''))).toEqual(keys)
    }),
  )
})
