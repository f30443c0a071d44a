import { expect, test } from 'vitest'
import { collectErrors } from '../../../schema/validation.ts'
import type { JsonSchema } from '../../../registry/types.ts'
import type { Direction } from './schema-flags.ts'
import { limitSchemaSize } from './schema-size.ts'
import { SchemaSource } from './schema-source.ts'

function taken(
  schemas: object,
  schema: unknown,
  openapi = '3.1.0',
  direction: Direction = 'request',
): JsonSchema {
  const source = new SchemaSource({ openapi, components: { schemas } })
  return source.take(schema, direction, '/test') as JsonSchema
}
const fits = (schema: JsonSchema, value: unknown): boolean =>
  collectErrors(schema, value).length === 0
const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })

test('the second use of a component means the same as the first (A12: one visited set for siblings)', () => {
  const schema = taken(
    { Point: { type: 'object', required: ['x'], properties: { x: { type: 'number' } } } },
    { type: 'object', properties: { from: ref('Point'), to: ref('Point') } },
  )
  expect(fits(schema, { from: { x: 1 }, to: { x: 2 } })).toBe(true)
  expect(fits(schema, { from: { x: 1 }, to: {} })).toBe(false)
})

test('a component that contains itself is checked at every depth', () => {
  const schema = taken(
    { Node: { type: 'object', properties: { next: ref('Node'), value: { type: 'integer' } } } },
    ref('Node'),
  )
  expect(fits(schema, { next: { next: { value: 1 } } })).toBe(true)
  expect(fits(schema, { next: { next: { value: 'one' } } })).toBe(false)
})

test('references are unescaped: ~1, ~0 and percent signs (A12)', () => {
  const schema = taken(
    { 'a/b~c d': { type: 'integer' } },
    { $ref: '#/components/schemas/a~1b~0c%20d' },
  )
  expect(fits(schema, 1)).toBe(true)
  expect(fits(schema, 'x')).toBe(false)
})

test('components whose names differ only in punctuation are kept apart', () => {
  const schema = taken(
    { 'a b': { type: 'integer' }, 'a/b': { type: 'string' } },
    { type: 'array', prefixItems: [ref('a b'), ref('a~1b')] },
  )
  expect(fits(schema, [1, 'x'])).toBe(true)
  expect(fits(schema, ['x', 1])).toBe(false)
})

test.each([
  ['#/components/schemas/Nothing', 'leads to nothing'],
  ['other.yaml#/A', 'leads to another document'],
])('the reference %s is refused with its place', ($ref, message) => {
  expect(() => taken({}, { type: 'array', items: { $ref } })).toThrow(
    `/test/items: ${JSON.stringify($ref)} ${message}`,
  )
})

test.each([
  ['nullable', { type: 'string', nullable: true }, [null, 'a'], [1]],
  ['nullable with enum', { type: 'string', enum: ['a'], nullable: true }, [null, 'a'], ['b']],
  ['nullable beside allOf', { nullable: true, allOf: [{ type: 'integer' }] }, [null, 1], ['a']],
  [
    'exclusive bounds',
    { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 5, exclusiveMaximum: false },
    [5, 1],
    [0, 6],
  ],
])('OpenAPI 3.0: %s', (_, schema, good, bad) => {
  const converted = taken({}, schema, '3.0.3')
  expect(good.filter((value) => !fits(converted, value))).toEqual([])
  expect(bad.filter((value) => fits(converted, value))).toEqual([])
})

test('what lies beside a reference counts in 3.1 and is ignored in 3.0', () => {
  const schemas = { Text: { type: 'string' } }
  const beside = { ...ref('Text'), maxLength: 1 }
  expect(fits(taken(schemas, beside, '3.1.0'), 'long')).toBe(false)
  expect(fits(taken(schemas, beside, '3.0.3'), 'long')).toBe(true)
})

test('readOnly members are not asked of the caller, writeOnly ones not of the service', () => {
  const schema = {
    type: 'object',
    required: ['id', 'password'],
    properties: {
      id: { type: 'string', readOnly: true },
      password: { type: 'string', writeOnly: true },
    },
  }
  expect(fits(taken({}, schema, '3.0.3', 'request'), { password: 'x' })).toBe(true)
  expect(fits(taken({}, schema, '3.0.3', 'request'), { id: 'x' })).toBe(false)
  expect(fits(taken({}, schema, '3.0.3', 'response'), { id: 'x' })).toBe(true)
})

test('a property called like a keyword is a property', () => {
  const schema = taken(
    {},
    {
      type: 'object',
      properties: {
        example: { type: 'integer' },
        $ref: { type: 'string' },
        nullable: { type: 'boolean' },
      },
    },
    '3.0.3',
  )
  expect(fits(schema, { example: 1, $ref: 'a', nullable: true })).toBe(true)
  expect(fits(schema, { example: 'x' })).toBe(false)
})

test('a pattern that cannot run in linear time is left to the service, and so is the format of an answer', () => {
  const schema = { type: 'string', pattern: '^(?=a)b', format: 'date' }
  expect(taken({}, schema)).toEqual({ type: 'string', 'x-pattern': '^(?=a)b', format: 'date' })
  expect(taken({}, { type: 'string', format: 'date' }, '3.1.0', 'response')).toEqual({
    type: 'string',
    'x-format': 'date',
  })
})

test('oneOf asks for one that fits, not for exactly one', () => {
  const schema = taken(
    {},
    { oneOf: [{ type: 'number' }, { type: 'integer' }], anyOf: [{ minimum: 0 }] },
  )
  expect(fits(schema, 1)).toBe(true)
  expect(fits(schema, -1)).toBe(false)
  expect(fits(schema, 'x')).toBe(false)
})

test('a schema over 32 KiB loses its descriptions first, then its farthest parts, and says so', () => {
  const long = 'x'.repeat(40_000)
  const wordy = {
    type: 'object',
    description: long,
    properties: { a: { type: 'integer', description: long } },
  }
  expect(limitSchemaSize(wordy)).toEqual({
    schema: { type: 'object', properties: { a: { type: 'integer' } } },
    loosened: 'descriptions',
  })
  const big = {
    type: 'object',
    properties: Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`property${i}`, { type: 'string' }]),
    ),
  }
  const deep = {
    type: 'object',
    properties: { near: { $ref: '#/$defs/Near' } },
    $defs: {
      Near: {
        type: 'object',
        properties: { n: { type: 'integer' }, far: { $ref: '#/$defs/Far' } },
      },
      Far: big,
    },
  }
  const { schema, loosened } = limitSchemaSize(deep)
  expect(loosened).toBe('nested schemas')
  expect(fits(schema, { near: { n: 'x' } })).toBe(false)
  expect(fits(schema, { near: { n: 1, far: 'anything' } })).toBe(true)
})
