import { Type } from '@alkdev/typebox'
import type { TSchema } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { failureOf } from '../fixtures/operations.ts'
import { assertIsSchema, collectErrors, formatValueErrors, validateOrThrow } from './validation.ts'

const schema = Type.Object({ a: Type.String(), b: Type.Number() })

test('failures are collected with path and message, and printed one a line', () => {
  expect(collectErrors(schema, { a: 'x', b: 1 })).toEqual([])
  const errors = collectErrors(schema, { a: 1 })
  expect(errors).toEqual([
    { path: '/b', message: 'is required' },
    { path: '/a', message: 'must be string' },
  ])
  expect(formatValueErrors(errors)).toBe('  - /b: is required\n  - /a: must be string')
  expect(formatValueErrors(collectErrors(schema, 1), '')).toBe('(value): must be object')
})

test('limits of sizes and numbers are said in words', () => {
  const messageFor = (limited: TSchema, value: unknown): string | undefined =>
    collectErrors(limited, value)[0]?.message
  expect(messageFor(Type.String({ minLength: 1 }), '')).toBe('must not be empty')
  expect(messageFor(Type.String({ minLength: 3 }), 'a')).toBe('must have at least 3 characters')
  expect(messageFor(Type.String({ maxLength: 1 }), 'ab')).toBe('must have at most 1 character')
  expect(messageFor(Type.Array(Type.Any(), { maxItems: 2 }), [1, 2, 3])).toBe(
    'must have at most 2 items',
  )
  expect(messageFor(Type.Record(Type.String(), Type.Any(), { maxProperties: 0 }), { a: 1 })).toBe(
    'must have at most 0 members',
  )
  expect(messageFor(Type.Integer({ minimum: 1 }), 0)).toBe('must be at least 1')
  expect(messageFor(Type.Integer({ maximum: 5 }), 6)).toBe('must be at most 5')
})

test('validateOrThrow throws a coded error that names every path', async () => {
  expect(() => validateOrThrow(schema, { a: 'x', b: 1 })).not.toThrow()
  const error = await failureOf(() => validateOrThrow(schema, { a: 1 }, 'The config'))
  expect(error.toWire()).toEqual({
    code: 'VALIDATION_ERROR',
    message: 'The config does not fit: /b is required; /a must be string',
    details: {
      errors: [
        { path: '/b', message: 'is required' },
        { path: '/a', message: 'must be string' },
      ],
    },
  })
})

test('assertIsSchema takes JSON Schema and TypeBox, and says in which context it refuses', async () => {
  expect(() => assertIsSchema({ type: 'string' })).not.toThrow()
  expect(() => assertIsSchema(schema)).not.toThrow()
  const error = await failureOf(() => assertIsSchema({ type: 'strin' }, 'The input of a.b'))
  expect(error.message).toMatch(/^The input of a\.b: /)
  for (const value of [null, 'x', 5, () => schema])
    expect((await failureOf(() => assertIsSchema(value))).code).toBe('VALIDATION_ERROR')
})
