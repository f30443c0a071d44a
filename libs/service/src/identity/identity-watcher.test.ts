import type { Authenticated } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { IdentityWatcher } from './identity-watcher.ts'
import type { WatchedUse } from './identity-watcher.ts'
import { RecentChanges } from './recent-changes.ts'

const alice: Identity = { id: 'alice', keyId: 'k1', scopes: ['fs:read'], orgIds: ['o1'] }
const bob: Identity = { id: 'bob', keyId: 'k2', scopes: ['fs:read'], orgIds: [] }
const authenticatedAlice: Authenticated = { identity: alice }
const authenticatedBob: Authenticated = { identity: bob }

function setup() {
  const now = new Map<string | undefined, Authenticated | undefined>([
    ['k1', authenticatedAlice],
    ['k2', authenticatedBob],
  ])
  const state = { away: false, fresh: true, looked: 0 }
  const recent = new RecentChanges()
  const authenticator = {
    async recheck({ keyId }: Identity) {
      state.looked += 1
      if (state.away) throw new Error('Postgres is unavailable')
      return now.get(keyId)
    },
  }
  const live = new IdentityWatcher({ authenticator, isFresh: () => state.fresh, recent })
  const ended: string[] = []
  const use = (authenticated: Authenticated, allowed?: WatchedUse['allowed']) =>
    live.watch({
      authenticated,
      end: ({ code }) => void ended.push(`${authenticated.identity.id} ${code}`),
      ...(allowed && { allowed }),
    })
  return { now, state, live, ended, use, recent }
}

test('only work for a key that is no longer valid ends', async () => {
  const { now, live, ended, use, state } = setup()
  use(authenticatedAlice)
  use(authenticatedAlice)
  use(authenticatedBob)
  now.set('k1', undefined)
  now.set('k2', undefined)
  await live.review({ kind: 'key', subjectIds: ['k1'] })
  expect(ended).toEqual(['alice UNAUTHENTICATED', 'alice UNAUTHENTICATED'])
  expect([live.size, state.looked]).toEqual([1, 1])
  await live.review({ kind: 'all' })
  expect(ended.at(-1)).toBe('bob UNAUTHENTICATED')
})

test('a change of an account or organization checks the keys of its members; ended uses are not checked', async () => {
  const { live, use, state } = setup()
  const stop = use(authenticatedAlice)
  await live.review({ kind: 'account', subjectIds: ['alice'] })
  await live.review({ kind: 'organization', subjectIds: ['o1'] })
  await live.review({ kind: 'membership', subjectIds: ['bob'] })
  expect(state.looked).toBe(2)
  stop()
  await live.review({ kind: 'all' })
  expect([state.looked, live.size]).toEqual([2, 0])
})

test('a use that the current rights no longer allow ends, although its key is valid', async () => {
  const { now, live, ended, use } = setup()
  use(authenticatedAlice, ({ identity }) => identity.orgIds?.includes('o1') === true)
  use(authenticatedAlice)
  await live.review({ kind: 'membership', subjectIds: ['alice'] })
  expect(ended).toEqual([])
  now.set('k1', { identity: { ...alice, orgIds: [] } })
  await live.review({ kind: 'membership', subjectIds: ['alice'] })
  expect(ended).toEqual(['alice ACCESS_DENIED'])
})

test('a look-up that fails is repeated until it succeeds', async () => {
  const { now, live, ended, use, state } = setup()
  use(authenticatedAlice)
  now.set('k1', undefined)
  state.away = true
  await live.review({ kind: 'key', subjectIds: ['k1'] })
  expect(ended).toEqual([])
  state.away = false
  await expect.poll(() => ended).toEqual(['alice UNAUTHENTICATED'])
})

test('a key is confirmed synchronously while the change list is fresh', () => {
  const { live, use, state } = setup()
  use(authenticatedAlice)
  expect(live.confirm(alice)).toBeUndefined()
  expect(live.hold(alice)).toBeUndefined()
  expect(state.looked).toBe(0)
})

test('with a stale change list a key is looked up, and the result counts for a second', async () => {
  const { live, use, state } = setup()
  use(authenticatedAlice)
  state.fresh = false
  await Promise.all([live.confirm(alice), live.confirm(alice)])
  expect(state.looked).toBe(1)
  expect(live.confirm(alice)).toBeUndefined()
})

test('with a stale change list and without Postgres no key is confirmed', async () => {
  const { live, use, state, ended } = setup()
  use(authenticatedAlice)
  state.fresh = false
  state.away = true
  for (let at = 0; at < 3; at++)
    await expect(live.confirm(alice)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  // Not every one of them queried the database.
  expect([state.looked, ended]).toEqual([1, []])
})

test('a key that a change affects is not confirmed before it was looked up, although the list is fresh', async () => {
  const { live, use, state, now, ended } = setup()
  use(authenticatedAlice)
  use(authenticatedBob)
  now.set('k1', undefined)
  void live.review({ kind: 'key', subjectIds: ['k1'] })
  expect(live.confirm(bob)).toBeUndefined()
  await expect(live.confirm(alice)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect([state.looked, ended]).toEqual([1, ['alice UNAUTHENTICATED']])
})

test('a change between the check of a key and the watch of its use is not missed', async () => {
  const { live, use, now, recent, ended } = setup()
  recent.stamp(authenticatedAlice, recent.number)
  recent.stamp(authenticatedBob, recent.number)
  now.set('k1', undefined)
  await live.review({ kind: 'key', subjectIds: ['k1'] })
  use(authenticatedBob)
  use(authenticatedAlice)
  expect(live.confirm(bob)).toBeUndefined()
  await expect(live.confirm(alice)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(ended).toEqual(['alice UNAUTHENTICATED'])
})

test('a stream is held back while its key cannot be checked, and continues afterwards', async () => {
  const { live, use, state } = setup()
  use(authenticatedAlice)
  state.fresh = false
  state.away = true
  let passed = false
  const held = live.hold(alice)?.then(() => (passed = true))
  await expect(live.confirm(alice)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(passed).toBe(false)
  state.away = false
  await held
  expect(passed).toBe(true)
})

test('a stream that is held back ends when its signal aborts or its key is found revoked', async () => {
  const { live, use, state, now } = setup()
  use(authenticatedAlice)
  state.fresh = false
  state.away = true
  const left = new AbortController()
  const held = live.hold(alice, left.signal)
  left.abort(new Error('left'))
  await expect(held).rejects.toThrow('left')
  now.set('k1', undefined)
  const other = live.hold(alice)
  state.away = false
  await expect(other).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('the key of a caller for whom nothing is watched is looked up once, and again after a change', async () => {
  const { live, state, now } = setup()
  await live.confirm(alice)
  expect(live.confirm(alice)).toBeUndefined()
  now.set('k1', undefined)
  await live.review({ kind: 'account', subjectIds: ['alice'] })
  await expect(live.confirm(alice)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(state.looked).toBe(2)
})

test('a use receives changed rights and limits before its key is confirmed', async () => {
  const { live, now } = setup()
  const taken: Authenticated[] = []
  const changed = async (found: Authenticated): Promise<void> => void taken.push(found)
  live.watch({ authenticated: authenticatedAlice, end: () => undefined, changed })
  const found: Authenticated = {
    identity: { ...alice, scopes: [] },
    limits: { key: { perMinute: 1 }, organizations: {} },
  }
  now.set('k1', found)
  void live.review({ kind: 'key', subjectIds: ['k1'] })
  await live.confirm(alice)
  expect(taken).toEqual([found])
})

test('a watched key that has expired is looked up before it is confirmed', async () => {
  const { live, use, state, now } = setup()
  use({ identity: alice, expiresAtMs: Date.now() - 1 })
  use({ identity: bob, expiresAtMs: Date.now() + 60_000 })
  now.set('k1', undefined)
  expect(live.confirm(bob)).toBeUndefined()
  await expect(live.confirm(alice)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(state.looked).toBe(1)
})
