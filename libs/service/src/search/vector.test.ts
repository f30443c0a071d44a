import { expect, test } from 'vitest'
import { readVector, similarityOf, vectorOf, writeVector } from './vector.ts'
import type { Vector } from './vector.ts'

const vector = (...values: number[]): Vector => vectorOf(values) as Vector

test('the similarity of vectors is the cosine of their angle', () => {
  expect(similarityOf(vector(3, 4), vector(30, 40))).toBeCloseTo(1, 6)
  expect(similarityOf(vector(1, 0), vector(0, 0.001))).toBe(0)
  expect(similarityOf(vector(1, 0), vector(-2, 0))).toBeCloseTo(-1, 6)
  expect(similarityOf(vector(0.3, -0.7, 0.2), vector(0.4, 0.1, -0.6))).toBeCloseTo(
    -0.07 / Math.sqrt(0.62 * 0.53),
    2,
  )
})

test('vectors of different models have no similarity', () => {
  expect(similarityOf(vector(1, 0), vector(1, 0, 0))).toBeUndefined()
})

test('a vector is written and read', () => {
  const written = vector(0.25, -1, 0.5)
  expect(readVector(writeVector(written))).toEqual(written)
  expect(readVector('')).toBeUndefined()
  expect(readVector('AAAA')).toBeUndefined()
})

test.each([
  [[]],
  [[0, 0]],
  [[1, Number.NaN]],
  [['1']],
  [[null]],
  [Array.from({ length: 9000 }, () => 1)],
])('what is no direction is no vector', (values) => {
  expect(vectorOf(values)).toBeUndefined()
})
