import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret, generateKey, signToken, verifyToken } from './index.ts'

const key = generateKey()
const payload = { grantId: 'g1', scopes: ['inference:use'] }

test('a token gives its payload until its time is over', () => {
  const token = signToken(payload, key, 60_000, { nowMs: 1000 })
  expect(verifyToken(token, key, { nowMs: 60_999 })).toEqual({
    valid: true,
    payload,
    expiresAtMs: 61_000,
  })
  expect(verifyToken(token, key, { nowMs: 61_000 })).toEqual({ valid: false, reason: 'expired' })
})

test('a token of another key, another purpose or with a changed character is refused', () => {
  const token = signToken(payload, key, 60_000)
  expect(verifyToken(token, generateKey())).toEqual({ valid: false, reason: 'signature' })
  expect(verifyToken(token, key, { purpose: 'session' })).toEqual({
    valid: false,
    reason: 'signature',
  })
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === 'A' ? 'B' : 'A'
    expect(verifyToken(`${token.slice(0, at)}${other}${token.slice(at + 1)}`, key).valid).toBe(
      false,
    )
  }
})

test('malformed tokens are refused without an exception', () => {
  const token = signToken(payload, key, 60_000)
  for (const wrong of [
    '',
    '.',
    '..',
    'alkt1..',
    `${token}.x`,
    token.slice(6),
    'x'.repeat(9000),
    'alk_abc',
  ])
    expect(verifyToken(wrong, key).valid).toBe(false)
  expect(() => signToken('x'.repeat(9000), key, 1)).toThrow(RangeError)
})

test('a Secret shows itself to reveal() only', () => {
  const secret = new Secret('hush')
  expect(secret.reveal()).toBe('hush')
  const shown = `${secret.toString()} ${JSON.stringify({ secret })} ${inspect({ secret }, { showHidden: true, depth: 5 })}`
  expect(shown).not.toContain('hush')
})
