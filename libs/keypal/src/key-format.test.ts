import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApiKeyError, createKeyFormat } from './index.ts'

const format = createKeyFormat({ prefix: 'alk_' })
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

test('a key is the prefix, 32 random characters and 6 of checksum', () => {
  const keys = Array.from({ length: 500 }, () => format.generate())
  for (const key of keys) {
    expect(key).toMatch(/^alk_[A-Za-z0-9]{38}$/)
    expect(format.accepts(key)).toBe(true)
  }
  expect(new Set(keys).size).toBe(keys.length)
})

test('every character of the alphabet comes up about equally often', () => {
  const counts = new Map<string, number>()
  for (let round = 0; round < 2000; round++)
    for (const character of format.generate().slice(4, 36))
      counts.set(character, (counts.get(character) ?? 0) + 1)
  expect(counts.size).toBe(62)
  // 64,000 characters over 62: about 1,032 each, standard deviation 32. Eight of those are never met by chance.
  for (const count of counts.values()) expect(Math.abs(count - 1032)).toBeLessThan(8 * 32)
})

test('one changed, swapped, missing or added character makes it no key', () => {
  const key = format.generate()
  for (let at = 0; at < key.length; at++) {
    const other = key[at] === 'x' ? 'y' : 'x'
    expect(format.accepts(`${key.slice(0, at)}${other}${key.slice(at + 1)}`)).toBe(false)
    expect(format.accepts(key.slice(0, at) + key.slice(at + 1))).toBe(false)
    expect(format.accepts(`${key.slice(0, at)}x${key.slice(at)}`)).toBe(false)
    const swapped = key.slice(0, at) + (key[at + 1] ?? '') + key[at] + key.slice(at + 2)
    expect(format.accepts(swapped)).toBe(swapped === key)
  }
})

test('look-alikes and made-up texts are no keys', () => {
  const key = format.generate()
  const wrong = [
    '',
    'alk_',
    'ALK_'.concat(key.slice(4)),
    ` ${key}`,
    `${key}\n`,
    key.slice(4),
    `sk_${key}`,
    'alk_'.padEnd(42, 'a'),
    key.replace('_', '＿'),
    `${key}\0`,
    'alk_'.padEnd(100_000, 'A'),
    key.replace(/.$/u, '🔑'),
    key.replace(/.$/u, 'é'),
  ]
  for (const text of wrong) expect(format.accepts(text)).toBe(false)
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 38, maxLength: 38 }),
      (text) => !format.accepts(`alk_${text}`),
    ),
  )
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...letters.split('')), minLength: 38, maxLength: 38 }),
      (text) => !format.accepts(`alk_${text}`),
    ),
    { numRuns: 500 },
  )
})

test('a key without checksum is known by its form alone', () => {
  const plain = createKeyFormat({ prefix: 'p-', length: 40, checksum: false })
  expect(plain.generate()).toMatch(/^p-[A-Za-z0-9]{40}$/)
  expect(plain.accepts('p-'.padEnd(42, 'a'))).toBe(true)
})

test('any alphabet works, also one of two characters', () => {
  const bits = createKeyFormat({ length: 128, alphabet: '01' })
  const key = bits.generate()
  expect(key).toMatch(/^[01]{160}$/)
  expect(bits.accepts(key)).toBe(true)
  expect(bits.accepts(key.slice(0, -1) + (key.endsWith('0') ? '1' : '0'))).toBe(false)
})

test.each([
  ['too few random characters', { length: 21 }],
  ['a length that is not a whole number', { length: 32.5 }],
  ['an alphabet of one', { alphabet: 'a', length: 200 }],
  ['an alphabet with a character twice', { alphabet: 'abca', length: 200 }],
  ['an alphabet with other characters', { alphabet: 'ab c', length: 200 }],
  ['a prefix with a blank', { prefix: 'my key' }],
  ['a key over 512 characters', { length: 600 }],
])('%s is refused', (_name, options) => {
  expect(() => createKeyFormat(options)).toThrow(ApiKeyError)
})

test('the hint shows the prefix and four characters', () => {
  const key = format.generate()
  expect(format.hint(key)).toBe(key.slice(0, 8))
  expect(inspect(format)).not.toContain(key)
})
