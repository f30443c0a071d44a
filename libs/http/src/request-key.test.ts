import { expect, test } from 'vitest'
import { keyFromHeaders } from './index.ts'

const headers = { 'sec-websocket-protocol': 'alkhub.v1, bearer.alk_abc' }

test('a key is read from a subprotocol when the caller allows it', () => {
  expect(keyFromHeaders(headers, { subprotocolPrefix: 'bearer.' })).toBe('alk_abc')
})

test('a key in a subprotocol is ignored by default', () => {
  expect(() => keyFromHeaders(headers)).toThrow('No key was shown')
})

test.each([
  ['a key without its scheme', { authorization: 'alk_abc' }, 'must be `Bearer <key>`'],
  ['two words', { authorization: 'Bearer alk_abc alk_def' }, 'must be `Bearer <key>`'],
  ['a repeated x-api-key', { 'x-api-key': 'alk_abc, alk_def' }, 'Two different keys'],
  ['blank headers', { authorization: ' ', 'x-api-key': '' }, 'No key was shown'],
])('%s is refused', (_what, headers, message) => {
  expect(() => keyFromHeaders(headers)).toThrow(message)
})

test.each([
  ['Authorization alone', { authorization: 'Bearer alk_abc' }],
  ['a scheme in other letters', { authorization: 'bearer  alk_abc' }],
  ['the same key in both headers', { authorization: 'Bearer alk_abc', 'x-api-key': 'alk_abc' }],
  ['x-api-key alone', { 'x-api-key': 'alk_abc' }],
])('a key is read from %s', (_what, shown) => {
  expect(keyFromHeaders(shown)).toBe('alk_abc')
})

test('different keys in both headers are refused', () => {
  const shown = { authorization: 'Bearer alk_abc', 'x-api-key': 'alk_def' }
  expect(() => keyFromHeaders(shown)).toThrow('Two different keys')
})
