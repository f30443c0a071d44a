import { expect, test } from 'vitest'
import { KeyExpiry } from './key-expiry.ts'

test('a key is reported once, when it expires, and never after its expiry was removed', () => {
  const expired: string[] = []
  const times = new KeyExpiry(3, (keyId) => expired.push(keyId))
  times.note('early', 1000)
  times.note('late', 3000)
  times.note('cleared', 1000)
  times.note('cleared', undefined)
  times.note('third', 2000)
  times.note('one too many', 1000)
  times.note('late', 5000)
  times.look(999)
  expect(expired).toEqual([])
  times.look(2000)
  expect(expired).toEqual(['early', 'third'])
  times.look(4000)
  times.look(5000)
  times.look(6000)
  expect(expired).toEqual(['early', 'third', 'late'])
})
