import { expect, test } from 'vitest'
import { sha256Hex } from './hash.ts'
import { generateKey } from './key-bytes.ts'
import { createKeyedHash } from './keyed-hash.ts'

const old = generateKey()
const next = generateKey()

test('a hash depends on the key, the purpose and the text, and on nothing else', () => {
  const hash = createKeyedHash([old], 'a').of('1234')
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  expect(createKeyedHash([old], 'a').of('1234')).toBe(hash)
  const others = [
    createKeyedHash([next], 'a').of('1234'),
    createKeyedHash([old], 'b').of('1234'),
    createKeyedHash([old], 'a').of('1235'),
    sha256Hex('1234'),
  ]
  expect(others).not.toContain(hash)
})

test('while a key is replaced, hashes of both keys are recognised, and afterwards only those of the new one', () => {
  const before = createKeyedHash([old], 'a').of('x')
  const during = createKeyedHash([next, old], 'a')
  expect(during.matches('x', before)).toBe(true)
  expect(during.matches('x', during.of('x'))).toBe(true)
  expect(createKeyedHash([old, next], 'a').matches('x', during.of('x'))).toBe(true)
  const after = createKeyedHash([next], 'a')
  expect(after.matches('x', during.of('x'))).toBe(true)
  expect(after.matches('x', before)).toBe(false)
  for (const wrong of ['', 'x', sha256Hex('x'), before.toUpperCase()])
    expect(during.matches('x', wrong)).toBe(false)
})

test('a keyed hash without a key, or with a bad one, is refused', () => {
  expect(() => createKeyedHash([], 'a')).toThrow('needs a key')
  expect(() => createKeyedHash(['short'], 'a')).toThrow('hash key')
})
