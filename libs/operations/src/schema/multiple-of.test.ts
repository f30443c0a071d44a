import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMultipleOf } from './multiple-of.ts'
import { compileSchema } from './validator.ts'

test('multiples are decided as decimals', () => {
  const yes: [number, number][] = [
    [0.07, 0.01],
    [1.15, 0.01],
    [0.0075, 0.0001],
    [4.5, 1.5],
    [-0.3, 0.1],
    [0, 0.7],
    [12_391_239_123, 1e-8],
    [1e21, 10],
    [1e308, 0.5],
  ]
  const no: [number, number][] = [
    [0.005, 0.01],
    [0.00751, 0.0001],
    [35, 1.5],
    [1e308, 0.123456789],
    [0.1, 3],
    [1e-300, 1],
    [Number.POSITIVE_INFINITY, 1],
  ]
  expect(yes.filter(([value, of]) => !isMultipleOf(value, of))).toEqual([])
  expect(no.filter(([value, of]) => isMultipleOf(value, of))).toEqual([])
})

test('every count of cents is a multiple of a cent, and nothing between two is', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (cents) => {
      expect(isMultipleOf(cents / 100, 0.01)).toBe(true)
      expect(isMultipleOf((cents * 10 + 5) / 1000, 0.01)).toBe(false)
    }),
  )
})

test('the schema keyword decides so and says of what', () => {
  const price = compileSchema({ type: 'number', multipleOf: 0.01 })
  expect(price.check(19.99)).toBe(true)
  expect(price.errors(0.001)).toEqual([{ path: '', message: 'must be a multiple of 0.01' }])
})
