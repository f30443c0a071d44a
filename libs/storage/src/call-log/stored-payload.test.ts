import { expect, test } from 'vitest'
import { storedPayload } from './stored-payload.ts'

const fails = (): never => {
  throw new Error('hostile')
}

test.each([
  ['a getter that throws', Object.defineProperty({}, 'a', { enumerable: true, get: fails })],
  ['a toJSON that throws', { a: { toJSON: fails } }],
])('a payload with %s is stored as unreadable', (_what, payload) => {
  expect(storedPayload(payload)).toBe('"[unreadable]"')
})

test('a payload that contains itself, or a BigInt, is stored', () => {
  const loop: { self?: object } = {}
  loop.self = loop
  expect(storedPayload(loop)).toContain('[too deep]')
  expect(storedPayload({ n: 1n })).toBe('{"n":"1"}')
})
