import { expect, test } from 'vitest'
import { maySee, parseHubEvent } from './hub-event.ts'

const event = {
  id: '1-1',
  type: 'spoke.attached',
  subject: 'laptop',
  payload: { ownerId: 'alice', orgId: 'org' },
}
const scopes = ['spokes:read']

test('the owner of an event sees it', () => {
  expect(maySee(event, { id: 'alice', scopes }, false)).toBe(true)
})

test('a member of the organization of an event sees it', () => {
  expect(maySee(event, { id: 'bob', scopes, orgIds: ['org'] }, false)).toBe(true)
})

test('another account does not see an event', () => {
  expect(maySee(event, { id: 'bob', scopes }, false)).toBe(false)
})

test('an owner without the scope of the event does not see it', () => {
  expect(maySee(event, { id: 'alice', scopes: [] }, false)).toBe(false)
})

test('an admin with the scope sees the events of every account', () => {
  expect(maySee(event, { id: 'root', scopes: ['*'] }, true)).toBe(true)
})

test('the scope * does not widen what an account may see', () => {
  expect(maySee(event, { id: 'bob', scopes: ['*'] }, false)).toBe(false)
})

test('an admin without the scope of the event does not see it', () => {
  expect(maySee(event, { id: 'root', scopes: [] }, true)).toBe(false)
})

test('an event of an unknown type needs the scope *', () => {
  const unknown = { ...event, type: 'new.thing', payload: null }
  expect(maySee(unknown, { id: 'alice', scopes }, false)).toBe(false)
  expect(maySee(unknown, { id: 'root', scopes }, true)).toBe(false)
  expect(maySee(unknown, { id: 'root', scopes: ['*'] }, true)).toBe(true)
})

test('an entry of the Redis stream is read as an event', () => {
  expect(parseHubEvent('1-1', ['type', 'a.b', 'id', 'c', 'payload', '{"d":1}'])).toEqual({
    id: '1-1',
    type: 'a.b',
    subject: 'c',
    payload: { d: 1 },
  })
})

test.each([[['type', 'a.b', 'id', 'c', 'payload', '{']], [[]]])(
  'the malformed entry %j is no event',
  (fields) => {
    expect(parseHubEvent('1-1', fields)).toBeUndefined()
  },
)
