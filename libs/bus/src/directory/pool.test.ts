import type { Identity } from '@alkdev/operations'
import { array, assert, constantFrom, integer, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { spec } from '../testing/harness.ts'
import { Pool } from './pool.ts'
import { bestSpec } from './pool-view.ts'
import type { StoredProvider } from './registry-store.ts'

function provider(given: Partial<StoredProvider> & { readonly version?: string }): StoredProvider {
  const { version = '1.0.0', ...more } = given
  return {
    spokeId: 'a',
    spokeName: 'a',
    ownerId: 'alice',
    epoch: 1,
    status: 'active',
    name: 'fs.read',
    spec: spec('fs.read', { version }),
    sinceMs: 0,
    offeredAtMs: 0,
    ...more,
  }
}

const step = record({
  spokeId: constantFrom('a', 'b', 'c', 'd', 'e'),
  leaves: constantFrom(true, false, false),
  status: constantFrom('active' as const, 'suspended' as const, 'inactive' as const),
  version: constantFrom('1.0.0', '1.2.0', '2.0.0', '2.0.0-beta'),
  offeredAtMs: integer({ min: 0, max: 3 }),
})

test('after any changes the spec of a pool is that of the best of its members', () => {
  assert(
    property(array(step, { maxLength: 40 }), (steps) => {
      const pool = new Pool('fs.read', () => [])
      const members = new Map<string, StoredProvider>()
      for (const { leaves, ...given } of steps) {
        if (leaves) {
          pool.delete(given.spokeId)
          members.delete(given.spokeId)
        } else {
          const one = provider(given)
          pool.set(one)
          members.set(given.spokeId, one)
        }
        const entry = pool.entry()
        expect(entry?.spec).toBe(bestSpec([...members.values()]))
        expect(new Set(entry?.providers ?? [])).toEqual(new Set(members.values()))
      }
    }),
  )
})

test('an entry shows the members of a pool when they are first read, and those for an identity', () => {
  const alice: Identity = { id: 'alice', scopes: [] }
  const pool = new Pool('fs.read', ({ id }) => (id === 'alice' ? ['a', 'z'] : []))
  pool.set(provider({}))
  pool.set(provider({ spokeId: 'b', ownerId: 'bob' }))
  const entry = pool.entry()
  expect(entry?.kind).toBe('pool')
  expect(entry?.providers).toBe(entry?.providers)
  expect(entry?.membersFor?.(alice).map(({ spokeId }) => spokeId)).toEqual(['a'])
  expect(entry?.membersFor?.({ id: 'carol', scopes: [] })).toEqual([])
})
