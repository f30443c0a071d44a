import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { constantTimeEqual, createHmacSigner, generateKey, sha256, sha256Hex } from './index.ts'

test('the signer gives what HMAC-SHA256 gives, for text and bytes of any length', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 100 }),
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 6000 }),
        fc.uint8Array({ maxLength: 20_000 }),
      ),
      (key, message) => {
        const expected = createHmac('sha256', key).update(message).digest('base64')
        expect(createHmacSigner(key).sign(message)).toBe(expected)
      },
    ),
    { numRuns: 300 },
  )
})

test.each([32 * 1024, 32 * 1024 + 1])(
  'a message of %i bytes is signed as createHmac signs it',
  (bytes) => {
    const key = Buffer.alloc(32, 7)
    const signer = createHmacSigner(key)
    for (const message of [Buffer.alloc(bytes, 1), 'é'.repeat(Math.ceil(bytes / 3))])
      expect(signer.sign(message)).toBe(createHmac('sha256', key).update(message).digest('base64'))
  },
)

test('the signer gives the published result of RFC 4231 case 4', () => {
  const key = Buffer.from(
    '0102030405060708090a0b0c0d0e0f10111213141516171819'.padEnd(64, '0'),
    'hex',
  )
  const mac = createHmacSigner(key).sign(Buffer.alloc(50, 0xcd))
  expect(Buffer.from(mac, 'base64').toString('hex')).toBe(
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  )
})

test('verify takes its own signature and refuses another message, key or a cut one', () => {
  const signer = createHmacSigner(generateKey())
  const mac = signer.sign('message')
  expect(signer.verify('message', mac)).toBe(true)
  expect(signer.verify('massage', mac)).toBe(false)
  expect(signer.verify('message', mac.slice(0, -1))).toBe(false)
  expect(signer.verify('message', '')).toBe(false)
  expect(createHmacSigner(generateKey()).verify('message', mac)).toBe(false)
})

test('signing many messages in turn leaves nothing of one in the next', () => {
  const signer = createHmacSigner(generateKey())
  const long = signer.sign('x'.repeat(5000))
  const short = signer.sign('y')
  expect(signer.sign('x'.repeat(5000))).toBe(long)
  expect(signer.sign('y')).toBe(short)
})

test('a short or malformed key is refused and not shown', () => {
  expect(() => createHmacSigner('c2hvcnQ=')).toThrow(/^HMAC key: a key is 32 bytes as base64/)
  expect(() => createHmacSigner(Buffer.alloc(16))).toThrow(/^HMAC key: a key has at least 32 bytes/)
})

test('sha256 and the comparison', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(sha256('abc').toString('hex')).toBe(sha256Hex('abc'))
  expect(constantTimeEqual('ä', Buffer.from('ä'))).toBe(true)
  expect(constantTimeEqual('a', 'b')).toBe(false)
  expect(constantTimeEqual('a', 'aa')).toBe(false)
})
