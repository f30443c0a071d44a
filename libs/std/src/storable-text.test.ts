import { expect, test } from 'vitest'
import { isStorableText, storableText, unstorablePath } from './storable-text.ts'

test.each([
  ['', true],
  ['a \u{1f600} b', true],
  ['\u{fffd}', true],
  ['a\0', false],
  ['\ud800', false],
  ['x \udc00', false],
  ['\udc00\ud800', false],
])('%j can be stored: %s', (text, storable) => {
  expect(isStorableText(text)).toBe(storable)
  expect(isStorableText(storableText(text))).toBe(true)
  expect(storableText(text) === text).toBe(storable)
})

test.each([
  ['\0', ''],
  [{ a: 'x', b: ['y', { c: '\ud800' }], d: '\0' }, '/b/1/c'],
  [{ a: { '~/\0': 1 } }, '/a/~0~1\u{fffd}'],
  [JSON.parse('{"__proto__":{"a":"\\u0000"}}'), '/__proto__/a'],
  [{ a: null, b: 1, c: [true, 'text'] }, undefined],
])('the first text that cannot be stored is named by its path', (value, path) => {
  expect(unstorablePath(value)).toBe(path)
})
