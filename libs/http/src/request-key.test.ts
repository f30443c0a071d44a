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
