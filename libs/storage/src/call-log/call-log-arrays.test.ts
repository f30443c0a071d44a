import { expect, test } from 'vitest'
import { plainArray, textArray } from './call-log-arrays.ts'

test.each([
  [['plain', undefined, ''], '{"plain",NULL,""}'],
  [['{"a":"b"}'], String.raw`{"{\"a\":\"b\"}"}`],
  [[String.raw`C:\x "y"`], String.raw`{"C:\\x \"y\""}`],
  // What JSON would write otherwise stays as it is.
  [['"\n\t\u{7f}\u{2028}/"'], '{"\\"\n\t\u{7f}\u{2028}/\\""}'],
  [['"😀\\'], '{"\\"😀\\\\"}'],
  [[undefined, undefined], '{}'],
  [[], '{}'],
])('%j as an array of texts', (values, text) => {
  expect(textArray(values)).toBe(text)
})

test('numbers and ids need no quotes', () => {
  expect(plainArray([1, undefined, 2.5])).toBe('{1,NULL,2.5}')
  expect(plainArray([undefined])).toBe('{}')
})
