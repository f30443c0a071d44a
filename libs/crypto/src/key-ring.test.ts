import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  KeyRing,
  SecretError,
  addKey,
  formatKeyRing,
  generateKey,
  generateKeyRing,
  parseKeyRing,
  promoteKey,
} from './index.ts'
import type { EncryptedData } from './index.ts'

const k1 = generateKey()
const k2 = generateKey()
const place = 'client_secrets/42'

function failure(run: () => unknown): SecretError {
  try {
    run()
  } catch (error) {
    if (error instanceof SecretError) return error
  }
  throw new Error('expected a SecretError')
}

test('what the ring seals it opens again, at the same place', () => {
  const ring = KeyRing.parse(`v1:${k1}`)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), (plain, at) => {
      expect(ring.decrypt(ring.encrypt(plain, at), at)).toEqual(Buffer.from(plain))
    }),
    { numRuns: 100 },
  )
})

test('the first key seals and every key of the ring opens', () => {
  const old = KeyRing.parse(`v1:${k1}`).encrypt('text', place)
  const ring = KeyRing.parse(`v2:${k2}, v1:${k1}`)
  expect(ring.versions).toEqual([2, 1])
  expect(ring.encrypt('text', place).keyVersion).toBe(2)
  expect(ring.decryptText(old, place)).toBe('text')
})

test('the same text is never sealed to the same bytes', () => {
  const ring = KeyRing.parse(`v1:${k1}`)
  const all = Array.from({ length: 50 }, () => ring.encrypt('text', place))
  for (const field of ['salt', 'iv', 'data'] as const)
    expect(new Set(all.map((sealed) => sealed[field])).size).toBe(50)
})

test('a missing key version says which record and version, and nothing of the value', () => {
  const sealed = KeyRing.parse(`v7:${k1}`).encrypt('hush-hush', place)
  const error = failure(() => KeyRing.parse(`v1:${k2}`).decrypt(sealed, place))
  expect(error.code).toBe('KEY_VERSION_MISSING')
  expect(error.record).toBe(place)
  expect(error.message).toContain('v7')
  expect(error.message).not.toContain(sealed.data)
})

test('a value does not open at another place, under another key, or with another version', () => {
  const ring = KeyRing.parse(`v1:${k1},v2:${k1}`)
  const sealed = ring.encrypt('text', place)
  expect(failure(() => ring.decrypt(sealed, 'client_secrets/43')).code).toBe('TAMPERED')
  expect(failure(() => ring.decrypt({ ...sealed, keyVersion: 2 }, place)).code).toBe('TAMPERED')
  expect(failure(() => KeyRing.parse(`v1:${k2}`).decrypt(sealed, place)).code).toBe('TAMPERED')
})

test('every flipped bit and every cut is noticed and the record is named', () => {
  const ring = KeyRing.parse(`v1:${k1}`)
  const sealed = ring.encrypt('some text of a secret', place)
  for (const field of ['salt', 'iv', 'data'] as const) {
    const bytes = Buffer.from(sealed[field], 'base64')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const error = failure(() =>
        ring.decrypt({ ...sealed, [field]: changed.toString('base64') }, place),
      )
      expect(error.message).toContain(place)
    }
    for (const cut of [0, 1, bytes.length - 1]) {
      const short = { ...sealed, [field]: bytes.subarray(0, cut).toString('base64') }
      expect(['TAMPERED', 'MALFORMED']).toContain(failure(() => ring.decrypt(short, place)).code)
    }
  }
})

test('what is no sealed value is called so', () => {
  const ring = KeyRing.parse(`v1:${k1}`)
  const sealed: EncryptedData = ring.encrypt('x', place)
  const wrong = [
    null,
    'text',
    {},
    { ...sealed, keyVersion: '1' },
    { ...sealed, iv: '!!' },
    { ...sealed, data: 'AA==' },
  ]
  for (const value of wrong)
    expect(failure(() => ring.decrypt(value, place)).code).toBe('MALFORMED')
})

test('a wrong ring lists every wrong entry by number or version and never by value', () => {
  const error = failure(() => parseKeyRing(`v1:${k1},nonsense-value,v2:tooshort,v1:${k2}`))
  expect(error.message).toBe(
    'encryptionKeys: entry 2 is not of the form v<number>:<key>; the key of v2 is not 32 bytes as base64; v1 is there twice',
  )
  for (const value of [k1, k2, 'nonsense', 'tooshort']) expect(error.message).not.toContain(value)
  expect(() => parseKeyRing('')).toThrow(SecretError)
  expect(() => new KeyRing([])).toThrow(SecretError)
})

test('a new key goes in last and seals only once it is promoted', () => {
  const entries = addKey(parseKeyRing(generateKeyRing()))
  expect(entries.map((entry) => entry.version)).toEqual([1, 2])
  expect(new KeyRing(entries).current).toBe(1)
  const promoted = promoteKey(entries, 2)
  expect(KeyRing.parse(formatKeyRing(promoted)).versions).toEqual([2, 1])
  expect(failure(() => promoteKey(entries, 9)).code).toBe('KEY_VERSION_MISSING')
})

test('a ring shows no key when it is printed', async () => {
  const { inspect } = await import('node:util')
  const ring = KeyRing.parse(`v1:${k1}`)
  expect(inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring)).not.toContain(
    k1.slice(0, 20),
  )
})
