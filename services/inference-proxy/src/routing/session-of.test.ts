import { expect, test } from 'vitest'
import { sessionOf } from './session-of.ts'

const identity = { id: 'ada', scopes: [] }

test.each([
  [{ 'x-alkhub-session': 'h' }, { prompt_cache_key: 'c' }, 'ada h'],
  [{}, { prompt_cache_key: 'c', metadata: { user_id: 'u' } }, 'ada c'],
  [{}, { metadata: { user_id: 'u' } }, 'ada u'],
  [{}, { prompt_cache_key: 7, metadata: 'x' }, undefined],
  [{ 'x-alkhub-session': '' }, undefined, undefined],
])('headers %j and body %j name the session %j', (headers, body, session) => {
  expect(sessionOf(identity, headers, body)).toBe(session)
})

test('the session of the caller counts, and accounts do not share sessions', () => {
  expect(sessionOf({ ...identity, sessionId: 's' }, {}, {})).toBe('ada s')
  expect(sessionOf({ ...identity, id: 'bob' }, { 'x-alkhub-session': 'h' }, {})).toBe('bob h')
})
