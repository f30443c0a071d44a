import { expect, test } from 'vitest'
import type { StoredProvider } from '../directory/registry-store.ts'
import { membersOfKey } from './member-of-key.ts'

const members = ['a', 'b', 'c', 'd'].map(
  (name): StoredProvider =>
    ({
      spokeId: `spoke-${name}`,
      name: 'fs.write',
      epoch: 1,
      status: 'active',
      instanceId: 'one',
      sinceMs: 0,
    }) as StoredProvider,
)
const keys = Array.from({ length: 2000 }, (_, n) => `account\norder-${n}`)
const firstOf = (among: readonly StoredProvider[], key: string): string =>
  membersOfKey(among, key)[0]?.spokeId ?? ''

test('a key has the same member whatever the order of the members is', () => {
  for (const key of keys) expect(firstOf(members.toReversed(), key)).toBe(firstOf(members, key))
})

test('keys are spread over the members', () => {
  const counts = Map.groupBy(keys, (key) => firstOf(members, key))
  expect(counts.size).toBe(4)
  for (const of of counts.values()) expect(of.length).toBeGreaterThan(400)
})

test('when a member goes, only its own keys move', () => {
  const left = members.slice(1)
  for (const key of keys) {
    const before = firstOf(members, key)
    expect(firstOf(left, key) === before).toBe(before !== 'spoke-a')
  }
})
