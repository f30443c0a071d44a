import { expect, test } from 'vitest'
import { KeyBench } from './key-bench.ts'

test('a key that was refused is benched for a time, or until it is accepted', () => {
  let now = 0
  const bench = new KeyBench(50, () => now)
  bench.bench('acme#a', 'answered 401')
  expect(bench.find('acme#a')).toEqual({ reason: 'answered 401', forMs: 50 })
  expect(bench.find('acme#b')).toBeUndefined()
  now = 50
  expect(bench.find('acme#a')).toBeUndefined()
  bench.bench('acme#a', 'answered 402')
  bench.release('acme#a')
  expect(bench.find('acme#a')).toBeUndefined()
})
