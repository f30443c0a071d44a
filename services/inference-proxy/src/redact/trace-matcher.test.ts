import { expect, test } from 'vitest'
import { readCharacters, TraceMatcher } from './trace-matcher.ts'

const SECRET = 'Qx7-hidden-credential'

/** The characters of the text that are marked, and `.` for the others. */
function marked(text: string, secret: string | undefined = SECRET): string {
  const characters = readCharacters(Buffer.from(text), true)
  const traces = new Uint8Array(characters.count)
  new TraceMatcher(secret).mark(characters, traces)
  return [...traces]
    .map((trace, at) => (trace === 1 ? String.fromCharCode(characters.codes[at] ?? 0) : '.'))
    .join('')
}

test('eight characters of the secret in a row are a trace, and seven are not', () => {
  expect(marked('a hidden-c b')).toBe('..hidden-c..')
  expect(marked('a hidden- b')).toBe('...........')
})

test('overlapping pieces are marked as one trace', () => {
  expect(marked(`<${SECRET}>`)).toBe(`.${SECRET.toLowerCase()}.`)
})

test('capitals do not matter', () => {
  expect(marked('HIDDEN-CREDENTIAL')).toBe('hidden-credential')
})

test('escaped characters are compared as the characters that they mean', () => {
  expect(marked(String.raw`hidden\u002dcredential`)).toBe('hidden-credential')
  expect(marked('hidden%2Dcredential')).toBe('hidden-credential')
})

test('without a secret, and with a shorter one than 4 characters, nothing is found', () => {
  expect(new TraceMatcher(undefined).isEmpty).toBe(true)
  expect(marked('abcabc', 'abc')).toBe('......')
})

test('the end of a text that begins a trace is counted in characters', () => {
  const matcher = new TraceMatcher(SECRET)
  const count = (text: string, least?: number): number =>
    matcher.mayBegin(readCharacters(Buffer.from(text), true), least)
  expect(count('so: qx7-')).toBe(4)
  expect(count('so: nothing!')).toBe(0)
  expect(count('so: qx7-', 5)).toBe(0)
})

test('an incomplete escape at the end is left for the next bytes unless no more follow', () => {
  const bytes = Buffer.from(String.raw`ab\u00`)
  expect(readCharacters(bytes, false)).toMatchObject({ count: 2, used: 2 })
  expect(readCharacters(bytes, true)).toMatchObject({ count: 6, used: 6 })
})

test('the byte positions of characters cover their escapes', () => {
  const { starts, count } = readCharacters(Buffer.from('a%41b'), true)
  expect([...starts.subarray(0, count + 1)]).toEqual([0, 1, 4, 5])
})
