import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonSchema } from '../../../registry/types.ts'
import { collectErrors } from '../../../schema/validation.ts'
import { FromOpenAPI } from './from-openapi.ts'
import { fitSchema } from './schema-fit.ts'
import { limitSchemaSize, MAX_IMPORTED_BYTES } from './schema-size.ts'

const fits = (schema: unknown, value: unknown): boolean =>
  collectErrors(schema as JsonSchema, value).length === 0
const bytesOf = (schema: unknown): number => Buffer.byteLength(JSON.stringify(schema))

/** An object schema of `count` described statistics. */
const stats = (count: number): object => ({
  type: 'object',
  properties: Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`statistic_number_${i}`, { type: 'integer' }]),
  ),
})

test('a list of objects with more than 32 KiB of inline schema is imported, its small parts as they are', () => {
  const items = {
    type: 'object',
    properties: { character: stats(3), travel: stats(900), combat: stats(900) },
    required: ['character'],
  }
  const content = { 'application/json': { schema: { type: 'array', items } } }
  const document = {
    openapi: '3.0.0',
    paths: { '/stats': { get: { responses: { 200: { description: '', content } } } } },
  }
  const [operation] = FromOpenAPI(document, { namespace: 'eve', baseUrl: 'https://eve.example' })
  const schema = operation?.outputSchema
  expect(operation?._meta).toMatchObject({ loosened: { outputSchema: ['large members'] } })
  expect(bytesOf(schema)).toBeLessThanOrEqual(MAX_IMPORTED_BYTES)
  expect(fits(schema, [{ character: { statistic_number_1: 1 }, travel: {} }])).toBe(true)
  expect(fits(schema, [{ character: { statistic_number_1: 'x' } }])).toBe(false)
  expect(fits(schema, [{ character: {}, combat: 1 }])).toBe(false)
  expect(fits(schema, [{}])).toBe(false)
})

test.each([
  ['enum', { type: 'string', enum: Array.from({ length: 9000 }, (_, i) => `value${i}`) }],
  ['required', { type: 'object', required: Array.from({ length: 9000 }, (_, i) => `field${i}`) }],
  ['properties', stats(9000)],
  ['prefixItems', { type: 'array', prefixItems: Array.from({ length: 9000 }, () => stats(2)) }],
  ['anyOf', { anyOf: Array.from({ length: 9000 }, (_, i) => ({ const: i })) }],
  ['not', { type: 'object', not: { required: ['a'], ...stats(9000) } }],
  ['const', { const: 'x'.repeat(MAX_IMPORTED_BYTES) }],
  ['pattern', { type: 'string', pattern: 'x'.repeat(MAX_IMPORTED_BYTES) }],
])('a schema with more than 32 KiB in its %s accepts more instead of being refused', (_, large) => {
  const { schema, loosened } = limitSchemaSize(large)
  expect(loosened).toBe('large members')
  expect(bytesOf(schema)).toBeLessThanOrEqual(MAX_IMPORTED_BYTES)
})

test('a schema that refers to more components than fit names all that are left', () => {
  const names = Array.from({ length: 4000 }, (_, i) => `Component${i}`)
  const schema = {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }])),
    $defs: Object.fromEntries(names.map((name) => [name, { type: 'integer' }])),
  }
  const limited = limitSchemaSize(schema)
  expect(limited.loosened).toBe('large members')
  expect(bytesOf(limited.schema)).toBeLessThanOrEqual(MAX_IMPORTED_BYTES)
  expect(fits(limited.schema, {})).toBe(true)
})

const { schema: anySchema } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.record({ type: fc.constantFrom('string', 'integer', 'boolean') }),
    fc.record({ enum: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1 }) }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 4 }) }),
    fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'd'), tie('schema')),
      required: fc.uniqueArray(fc.constantFrom('a', 'b')),
    }),
  ),
}))

test('a cut schema is within its size and accepts what the whole one accepts', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.record({ a: fc.jsonValue(), b: fc.jsonValue() }),
    fc.array(fc.oneof(fc.integer(), fc.record({ a: fc.integer(), b: fc.string() }))),
  )
  fc.assert(
    fc.property(anySchema, fc.integer({ min: 20, max: 300 }), value, (schema, size, one) => {
      const cut = fitSchema(schema, size)
      expect(bytesOf(cut)).toBeLessThanOrEqual(size)
      expect(!fits(schema, one) || fits(cut, one)).toBe(true)
    }),
    { numRuns: 100 },
  )
})
