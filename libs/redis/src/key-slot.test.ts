import { expect, test } from 'vitest'
import { groupPrefix, keyBesideChannel } from './key-groups.ts'
import { keySlot } from './key-slot.ts'

// The specification gives the CRC of 123456789; cluster.redis.test.ts compares others with Redis.
test.each([
  ['123456789', 12_739],
  ['', 0],
])('%j has a slot', (key, slot) => {
  expect(keySlot(key)).toBe(slot)
})

test('only the first text in braces counts, if it is not empty', () => {
  expect(keySlot('{user1000}.following')).toBe(keySlot('{user1000}.followers'))
  expect(keySlot('{user1000}.following')).toBe(keySlot('user1000'))
  expect(keySlot('foo{{bar}}zap')).toBe(keySlot('{bar'))
  expect(keySlot('foo{bar}{zap}')).toBe(keySlot('bar'))
  expect(keySlot('foo{}{bar}')).not.toBe(keySlot('bar'))
})

test('on a cluster the keys of a group have one slot, and a key beside a channel that of the channel', () => {
  const cluster = { isCluster: true }
  const group = groupPrefix(cluster, 'p', 'limits')
  expect(keySlot(`${group}:a`)).toBe(keySlot(`${group}:b`))
  const channel = 'p:i:0190'
  const beside = keyBesideChannel(cluster, { prefix: 'p', channel, name: 'large:1' })
  expect(keySlot(beside)).toBe(keySlot(channel))
})

test('on a single server the keys have no hash tag', () => {
  expect(groupPrefix({}, 'p', 'limits')).toBe('p')
  const place = { prefix: 'p', channel: 'p:i:0190', name: 'large:1' }
  expect(keyBesideChannel({ isCluster: false }, place)).toBe('p:large:1')
})
