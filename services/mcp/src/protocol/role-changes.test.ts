import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Caller } from './caller.ts'
import { RoleChanges } from './role-changes.ts'

const callerWith = (...scopes: string[]): Caller =>
  ({ authenticated: { identity: { id: 'ada', scopes } } }) as unknown as Caller

function setUp() {
  const errors: unknown[] = []
  const changes = new RoleChanges((error) => errors.push(error))
  const listen = (onEvent: () => void, ...scopes: string[]): (() => void) =>
    changes.listen({ caller: callerWith(...scopes), uris: () => new Set(), onEvent })
  return { changes, listen, errors }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('a changed role is reported at once, and a hundred more within a second are one report', async () => {
  const { changes, listen } = setUp()
  let received = 0
  listen(() => (received += 1), 'roles:read')
  changes.note({ kind: 'role', subjectIds: ['1'] })
  await vi.advanceTimersByTimeAsync(0)
  expect(received).toBe(1)
  for (let n = 0; n < 100; n += 1) changes.note({ kind: 'role', subjectIds: [String(n)] })
  await vi.advanceTimersByTimeAsync(999)
  expect(received).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(received).toBe(2)
  await vi.advanceTimersByTimeAsync(5000)
  expect(received).toBe(2)
})

test('changes that were missed may be of roles; those of keys and grants are of none', async () => {
  const { changes, listen } = setUp()
  let received = 0
  listen(() => (received += 1), '*')
  for (const kind of ['key', 'account', 'grant']) changes.note({ kind, subjectIds: ['1'] })
  await vi.advanceTimersByTimeAsync(5000)
  expect(received).toBe(0)
  changes.note({ kind: 'all' })
  await vi.advanceTimersByTimeAsync(0)
  expect(received).toBe(1)
})

test('a key that may not read roles receives none, nor does a client that has left', async () => {
  const { changes, listen } = setUp()
  const received: string[] = []
  listen(() => received.push('without the scope'), 'roles:write', 'fs:read')
  listen(() => received.push('left'), 'roles:read')()
  listen(() => received.push('listens'), 'roles:*')
  changes.note({ kind: 'role' })
  await vi.advanceTimersByTimeAsync(0)
  expect(received).toEqual(['listens'])
})

test('a client that fails keeps the report from no other', async () => {
  const { changes, listen, errors } = setUp()
  let received = 0
  listen(() => {
    throw new Error('broken')
  }, 'roles:read')
  listen(() => (received += 1), 'roles:read')
  changes.note({ kind: 'role' })
  await vi.advanceTimersByTimeAsync(0)
  expect(received).toBe(1)
  expect(errors).toEqual([new Error('broken')])
})
