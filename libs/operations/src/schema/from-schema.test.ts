import { Kind, Type } from '@alkdev/typebox'
import { Value } from '@alkdev/typebox/value'
import { expect, test } from 'vitest'
import { FromSchema } from './from-schema.ts'
import { failureOf } from '../fixtures/operations.ts'
import type { JsonSchema } from '../registry/types.ts'
import { compileSchema } from './validator.ts'

const kindOf = (schema: JsonSchema): string => FromSchema(schema)[Kind]

test('what TypeBox can say in just the same way becomes its types', () => {
  expect(FromSchema({ type: 'string', description: 'd' })).toEqual(
    Type.String({ description: 'd' }),
  )
  expect(FromSchema({ type: 'integer', minimum: 1 })).toEqual(Type.Integer({ minimum: 1 }))
  expect(FromSchema({ enum: ['a', 1, null] })).toEqual(
    Type.Union([Type.Literal('a'), Type.Literal(1), Type.Null()]),
  )
  expect(
    FromSchema({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'array', items: { type: 'number' } } },
      required: ['a'],
      additionalProperties: false,
    }),
  ).toEqual(
    Type.Object(
      { a: Type.String(), b: Type.Optional(Type.Array(Type.Number())) },
      { additionalProperties: false },
    ),
  )
  expect(kindOf(true)).toBe('Unknown')
  expect(kindOf(false)).toBe('Never')
})

test('a required property that is not there is refused, whatever its schema has nothing against (L11)', () => {
  const parts: JsonSchema[] = [
    { not: { type: 'null' } },
    { minLength: 3 },
    { oneOf: [{ type: 'number' }, { minimum: 5 }] },
    { anyOf: [{}, { type: 'string' }] },
    { anyOf: [{ anyOf: [true, { type: 'null' }] }, { type: 'string' }] },
    {},
    true,
  ]
  for (const part of parts) {
    const schema = { type: 'object', properties: { b: part }, required: ['b'] }
    const converted = FromSchema(schema)
    expect([Value.Check(converted, {}), compileSchema(schema).check({})]).toEqual([false, false])
    expect(Value.Check(converted, { b: 'abc' })).toBe(compileSchema(schema).check({ b: 'abc' }))
    expect(Value.Check(FromSchema({ ...schema, required: [] }), {})).toBe(true)
  }
})

test('everything else keeps its keywords and asks the validator', () => {
  const schema = { type: 'string', pattern: '^a', maxLength: 3 }
  const converted = FromSchema(schema)
  expect(JSON.parse(JSON.stringify(converted))).toEqual(schema)
  expect([Value.Check(converted, 'abc'), Value.Check(converted, 'abcd')]).toEqual([true, false])
  expect(compileSchema(converted).check('b')).toBe(false)
})

// [schema, what it accepts, what it refuses]: the shapes that a converter is tempted to loosen.
const shapes: [string, JsonSchema, unknown[], unknown[]][] = [
  ['a primitive const', { const: 'x' }, ['x'], ['y', 1, null]],
  ['a const with a type', { type: 'string', const: 'x' }, ['x'], ['y']],
  ['an object const', { const: { a: [1] } }, [{ a: [1] }], [{ a: [2] }, {}]],
  ['an object without properties', { type: 'object' }, [{}, { a: 1 }], [1, [], null]],
  [
    'a map',
    { type: 'object', additionalProperties: { type: 'number' } },
    [{}, { a: 1 }],
    [{ a: 'x' }],
  ],
  ['a list of types', { type: ['string', 'null'] }, ['x', null], [1]],
  ['an array without items', { type: 'array' }, [[], [1]], [{}]],
  ['not', { not: { type: 'string' } }, [1], ['x']],
  [
    'if and then',
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    { if: { type: 'string' }, then: { minLength: 2 } },
    ['ab', 1],
    ['a'],
  ],
  [
    'patternProperties',
    { patternProperties: { '^a': { type: 'number' } } },
    [{ a: 1, b: 'x' }],
    [{ ab: 'x' }],
  ],
  ['an enum with null', { enum: [null, 'a'] }, [null, 'a'], ['b', 0]],
  ['oneOf', { oneOf: [{ type: 'number' }, { minimum: 5 }] }, [1, 'x'], [7]],
  [
    'siblings of allOf',
    { allOf: [{ required: ['a'] }], properties: { a: { type: 'string' } } },
    [{ a: 'x' }],
    [{ a: 1 }, {}],
  ],
  ['siblings of anyOf', { anyOf: [{ type: 'number' }], minimum: 3 }, [3], [2, 'x']],
  ['a type beside an enum', { type: 'string', enum: ['a', 1] }, ['a'], [1]],
  [
    'a reference',
    { $defs: { s: { type: 'string' } }, properties: { a: { $ref: '#/$defs/s' } } },
    [{ a: 'x' }],
    [{ a: 1 }],
  ],
  [
    'a tuple',
    { type: 'array', items: [{ type: 'string' }], additionalItems: false },
    [['x']],
    [[1], ['x', 1]],
  ],
  ['lengths in characters', { minLength: 2 }, ['😀😀'], ['😀']],
  ['a required name without a schema', { type: 'object', required: ['a'] }, [{ a: 1 }], [{}]],
  [
    'required names when none has a schema that is required',
    { type: 'object', properties: { a: {} }, required: ['b'] },
    [{ b: 1 }],
    [{ a: 1 }],
  ],
  [
    'an inherited name',
    { type: 'object', properties: { toString: { type: 'string' } } },
    [{}],
    [{ toString: 1 }],
  ],
  ['a format', { type: 'string', format: 'uuid' }, ['018f2c3e-7b1a-7c3d-9e4f-0123456789ab'], ['x']],
  ['multipleOf', { type: 'number', multipleOf: 0.01 }, [0.07, 1.15], [0.005]],
]

test.each(shapes)('%s is neither loosened nor lost', (_name, schema, accepted, refused) => {
  const converted = FromSchema(schema)
  const validator = compileSchema(schema)
  expect(accepted.map((value) => [Value.Check(converted, value), validator.check(value)])).toEqual(
    accepted.map(() => [true, true]),
  )
  expect(refused.map((value) => [Value.Check(converted, value), validator.check(value)])).toEqual(
    refused.map(() => [false, false]),
  )
})

test('a schema that cannot be used is refused when it is converted, not when a value is checked', async () => {
  for (const schema of [
    { type: 'strin' },
    { $ref: '#/$defs/nope' },
    { $ref: 'https://example.org/x' },
  ])
    expect((await failureOf(() => FromSchema(schema))).code).toBe('VALIDATION_ERROR')
})

test('a converted schema can be converted and compiled again', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: ['string', 'null'] } },
    required: ['a'],
  }
  const again = FromSchema(FromSchema(schema))
  expect([Value.Check(again, { a: null }), Value.Check(again, { a: 1 })]).toEqual([true, false])
  expect(compileSchema(again)).toBe(compileSchema(schema))
})
