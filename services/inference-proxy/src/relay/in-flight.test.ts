import { expect, test } from 'vitest'
import { InFlight } from './in-flight.ts'

test('a request over the limit gets no place', () => {
  const places = new InFlight(2)
  const given = [places.take('k'), places.take('k'), places.take('k')]
  expect(given.map((place) => place !== undefined)).toEqual([true, true, false])
})

test('each id has its own places', () => {
  const places = new InFlight(1)
  places.take('a')
  expect(places.take('b')).toBeTypeOf('function')
})

test('a returned place is given to the next request', () => {
  const places = new InFlight(1)
  places.take('k')?.()
  expect(places.take('k')).toBeTypeOf('function')
})

test('a place that is returned twice counts once', () => {
  const places = new InFlight(2)
  const leave = places.take('k')
  places.take('k')
  leave?.()
  leave?.()
  expect([places.take('k'), places.take('k')].map((place) => typeof place)).toEqual([
    'function',
    'undefined',
  ])
})
