import { beforeEach, expect, test } from 'vitest'
import { CircuitBreakers } from './circuit-breakers.ts'

let now = 0
let breakers: CircuitBreakers
beforeEach(() => {
  now = 1000
  breakers = new CircuitBreakers({ failures: 3, openMs: 100, now: () => now })
})
const fail = (times: number): boolean[] =>
  Array.from({ length: times }, () => breakers.onFailure('t'))

test('a breaker opens after as many failures in a row as the setting says', () => {
  expect(fail(2)).toEqual([false, false])
  expect(breakers.openForMs('t')).toBe(0)
  expect(fail(1)).toEqual([true])
  expect(breakers.openForMs('t')).toBe(100)
  expect(breakers.openForMs('other')).toBe(0)
  expect(breakers.openBelow('t')).toEqual([{ target: 't', forMs: 100 }])
  expect(breakers.openBelow('x')).toEqual([])
})

test('a success in between begins the count again', () => {
  fail(2)
  breakers.onSuccess('t')
  fail(2)
  expect(breakers.openForMs('t')).toBe(0)
})

test('when the time is over one request tries the target, and others wait for its end', () => {
  fail(3)
  now += 100
  expect(breakers.openForMs('t')).toBe(0)
  breakers.onStart('t')
  expect(breakers.openForMs('t')).toBe(100)
  breakers.onSuccess('t')
  expect(breakers.openForMs('t')).toBe(0)
})

test('a trial that fails opens the breaker again, and one that ends without a result lets the next one try', () => {
  fail(3)
  now += 100
  breakers.onStart('t')
  breakers.onFailure('t')
  expect(breakers.openForMs('t')).toBe(100)
  now += 100
  breakers.onStart('t')
  breakers.onUnknown('t')
  expect(breakers.openForMs('t')).toBe(0)
})

test('a trial that does not end lets another request try after the same time', () => {
  fail(3)
  now += 100
  breakers.onStart('t')
  now += 99
  expect(breakers.openForMs('t')).toBe(1)
  now += 1
  expect(breakers.openForMs('t')).toBe(0)
})

test('with the number 0 no breaker opens', () => {
  const never = new CircuitBreakers({ failures: 0, openMs: 100, now: () => now })
  for (let at = 0; at < 100; at += 1) never.onFailure('t')
  expect(never.openForMs('t')).toBe(0)
})
