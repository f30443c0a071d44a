import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { LiveIdentities } from './live-identities.ts'

const alice: Identity = { id: 'alice', keyId: 'k1', scopes: ['fs:read'], orgIds: ['o1'] }
const bob: Identity = { id: 'bob', keyId: 'k2', scopes: ['fs:read'], orgIds: [] }

function setup() {
  const now = new Map<string | undefined, Identity | undefined>([
    ['k1', alice],
    ['k2', bob],
  ])
  const state = { away: false, looked: 0 }
  const live = new LiveIdentities({
    async recheck({ keyId }) {
      state.looked += 1
      if (state.away) throw new Error('Postgres is away')
      return now.get(keyId)
    },
  })
  const ended: string[] = []
  const use = (identity: Identity, allowed?: (now: Identity) => boolean) =>
    live.watch({
      identity,
      end: ({ code }) => void ended.push(`${identity.id} ${code}`),
      ...(allowed && { allowed }),
    })
  return { now, state, live, ended, use }
}

test('what runs for a key that is no longer good ends, and nothing else', async () => {
  const { now, live, ended, use, state } = setup()
  use(alice)
  use(alice)
  use(bob)
  now.set('k1', undefined)
  now.set('k2', undefined)
  await live.review({ kind: 'key', subjectIds: ['k1'] })
  expect(ended).toEqual(['alice UNAUTHENTICATED', 'alice UNAUTHENTICATED'])
  expect([live.size, state.looked]).toEqual([1, 1])
  await live.review({ kind: 'all' })
  expect(ended.at(-1)).toBe('bob UNAUTHENTICATED')
})

test('accounts and organizations touch those who belong to them; what has ended is not looked at', async () => {
  const { live, use, state } = setup()
  const stop = use(alice)
  await live.review({ kind: 'account', subjectIds: ['alice'] })
  await live.review({ kind: 'organization', subjectIds: ['o1'] })
  await live.review({ kind: 'membership', subjectIds: ['bob'] })
  expect(state.looked).toBe(2)
  stop()
  await live.review({ kind: 'all' })
  expect([state.looked, live.size]).toEqual([2, 0])
})

test('a use that the rights of now no longer allow ends, with a key that is still good', async () => {
  const { now, live, ended, use } = setup()
  use(alice, ({ orgIds }) => orgIds?.includes('o1') === true)
  use(alice)
  await live.review({ kind: 'membership', subjectIds: ['alice'] })
  expect(ended).toEqual([])
  now.set('k1', { ...alice, orgIds: [] })
  await live.review({ kind: 'membership', subjectIds: ['alice'] })
  expect(ended).toEqual(['alice ACCESS_DENIED'])
})

test('a look-up that fails is repeated until it succeeds', async () => {
  const { now, live, ended, use, state } = setup()
  use(alice)
  now.set('k1', undefined)
  state.away = true
  await live.review({ kind: 'key', subjectIds: ['k1'] })
  expect(ended).toEqual([])
  state.away = false
  await expect.poll(() => ended, { timeout: 3000 }).toEqual(['alice UNAUTHENTICATED'])
})
