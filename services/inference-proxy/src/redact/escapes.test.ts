import { expect, test } from 'vitest'
import { escapeAt, mayBeginEscape } from './escapes.ts'

const at = (text: string, from = 0) => escapeAt(Buffer.from(text), from, false)

test.each([
  ['\\u0041', 0x41],
  ['\\\\u0041', 0x41],
  ['\\x41', 0x41],
  ['\\/', 0x2f],
  ['%41', 0x41],
  ['%2541', 0x41],
  ['%252541', 0x41],
  ['&#65;', 65],
  ['&#x41;', 0x41],
  ['&#x0041;', 0x41],
])('the escape %j is read as one character', (text, code) => {
  expect(at(`${text}...`)).toEqual({ code, bytes: text.length })
})

test('an escape is read at its place', () => {
  expect(at('ab%43', 2)).toEqual({ code: 0x43, bytes: 3 })
})

test.each(['\\', '\\u00', '\\x4', '%', '%2', '%25', '%254', '%2525', '&', '&#', '&#x4'])(
  'the end %j may be the beginning of an escape',
  (text) => {
    expect(at(text)).toBe('begun')
  },
)

test('at the end of the bytes a nested escape is decided', () => {
  expect(escapeAt(Buffer.from('%25'), 0, true)).toEqual({ code: 0x25, bytes: 3 })
})

test.each(['\\n', '%zz', '&amp;', 'abc'])('%j is no escape', (text) => {
  expect(at(`${text}${' '.repeat(40)}`)).toBeUndefined()
})

test('only a backslash, a percent sign and an ampersand begin an escape', () => {
  const found = Array.from({ length: 256 }, (_, byte) => byte).filter(mayBeginEscape)
  expect(String.fromCharCode(...found)).toBe('%&\\')
})
