import { Type } from '@alkdev/typebox'
import { describe, expect, test } from 'vitest'
import { isSchemaCompatible, schemaFit } from './is-schema-compatible.ts'
import type { JsonSchema } from '../../registry/types.ts'

const closed = { additionalProperties: false } as const

describe('what fits', () => {
  const pairs: [string, JsonSchema, JsonSchema][] = [
    ['the same schema', Type.Object({ a: Type.String() }), Type.Object({ a: Type.String() })],
    ['anything into an empty input', Type.String(), {}],
    [
      'more fields than needed',
      Type.Object({ a: Type.String(), b: Type.Number() }),
      Type.Object({ a: Type.String() }),
    ],
    [
      'a required field into an optional one',
      Type.Object({ a: Type.String() }),
      Type.Object({ a: Type.Optional(Type.String()) }),
    ],
    [
      'a closed output without an optional field',
      Type.Object({ a: Type.String() }, closed),
      Type.Object({ a: Type.String(), b: Type.Optional(Type.Number()) }),
    ],
    ['integer into number', Type.Integer(), Type.Number()],
    ['a member into its union', Type.String(), Type.Union([Type.String(), Type.Number()])],
    [
      'a union into a wider union',
      Type.Union([Type.String(), Type.Number()]),
      Type.Union([Type.Null(), Type.Number(), Type.String()]),
    ],
    ['string into nullable string', Type.String(), { type: ['string', 'null'] }],
    ['string into OpenAPI nullable string', Type.String(), { type: 'string', nullable: true }],
    ['fewer enum values', { enum: ['a', 'b'] }, { enum: ['c', 'b', 'a'] }],
    ['a literal into a string', Type.Literal('a'), Type.String({ minLength: 1, pattern: '^a' })],
    [
      'a narrower range',
      Type.Integer({ minimum: 2, maximum: 3 }),
      Type.Number({ exclusiveMinimum: 1, maximum: 3 }),
    ],
    ['a multiple of a multiple', Type.Number({ multipleOf: 6 }), Type.Integer({ multipleOf: 3 })],
    [
      'an array of fitting elements',
      Type.Array(Type.Integer(), { minItems: 2 }),
      Type.Array(Type.Number(), { minItems: 1 }),
    ],
    [
      'a tuple into an array',
      Type.Tuple([Type.Literal('a'), Type.Integer()]),
      Type.Array(Type.Union([Type.String(), Type.Number()])),
    ],
    [
      'a 2020-12 tuple',
      { type: 'array', prefixItems: [{ type: 'string' }], items: false, minItems: 1 },
      Type.Tuple([Type.String()]),
    ],
    [
      'a record into a record',
      Type.Record(Type.String(), Type.Integer()),
      Type.Record(Type.String(), Type.Number()),
    ],
    [
      'a closed object into a record',
      Type.Object({ a: Type.Integer() }, closed),
      { type: 'object', additionalProperties: { type: 'number' } },
    ],
    [
      'an intersection into a part',
      Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.String() })]),
      Type.Object({ b: Type.String() }),
    ],
    [
      'an object into an intersection',
      Type.Object({ a: Type.String(), b: Type.String() }),
      Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.String() })]),
    ],
    [
      'a boolean into both literals',
      Type.Boolean(),
      Type.Union([Type.Literal(true), Type.Literal(false)]),
    ],
    [
      'an object whose tag decides between branches',
      { type: 'object', properties: { kind: { enum: ['a', 'b'] } }, required: ['kind'] },
      {
        oneOf: [
          { type: 'object', properties: { kind: { const: 'a' } }, required: ['kind'] },
          { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
        ],
      },
    ],
    [
      'into oneOf when only one branch takes it',
      Type.String(),
      { oneOf: [{ type: 'string' }, { type: 'number' }] },
    ],
    ['into a not that it cannot be', Type.String(), { not: { type: 'null' } }],
    ['never into anything', Type.Never(), Type.Object({ a: Type.String() })],
    [
      'recursive schemas',
      Type.Recursive((self) =>
        Type.Object({ id: Type.String(), next: Type.Array(self) }, { $id: 'list' }),
      ),
      Type.Recursive((self) => Type.Object({ next: Type.Array(self) }, { $id: 'other' })),
    ],
    [
      'through $defs on both sides',
      { $ref: '#/$defs/a', $defs: { a: { type: 'integer' } } },
      { definitions: { 'x/y': { type: 'number' } }, $ref: '#/definitions/x~1y' },
    ],
    [
      'a then branch that is taken',
      { const: 4 },
      JSON.parse('{"if":{"type":"number"},"then":{"minimum":3},"else":false}') as JsonSchema,
    ],
    [
      'the same format',
      Type.String({ format: 'email', maxLength: 9 }),
      Type.String({ format: 'email' }),
    ],
    [
      'annotations that differ',
      Type.Object({ title: Type.String({ title: 'A' }) }, { description: 'x' }),
      Type.Object({ title: Type.String({ default: '' }) }),
    ],
  ]
  test.each(pairs)('%s', (_name, output, input) => {
    expect(schemaFit(output, input)).toEqual({ compatible: true, mismatches: [] })
    expect(isSchemaCompatible(output, input)).toBe(true)
  })
})

describe('what does not fit, where and why', () => {
  const pairs: [string, JsonSchema, JsonSchema, string, string][] = [
    ['another type', Type.String(), Type.Number(), '', 'type'],
    ['a missing field', Type.Object({}), Type.Object({ a: Type.String() }), '/a', 'missing'],
    [
      'a field that may be left out',
      Type.Object({ a: Type.Optional(Type.String()) }),
      Type.Object({ a: Type.String() }),
      '/a',
      'optional',
    ],
    [
      'an open output without an optional field',
      Type.Object({ a: Type.String() }),
      Type.Object({ a: Type.String(), b: Type.Optional(Type.Number()) }),
      '/b',
      'undeclared',
    ],
    [
      'an open output into a closed input',
      Type.Object({ a: Type.String() }),
      Type.Object({ a: Type.String() }, closed),
      '/*',
      'extra',
    ],
    [
      'an extra field into a closed input',
      Type.Object({ a: Type.String(), b: Type.String() }, closed),
      Type.Object({ a: Type.String() }, closed),
      '/b',
      'extra',
    ],
    [
      'a type deep inside',
      Type.Object({ u: Type.Object({ 'a/b': Type.Array(Type.String()) }) }),
      Type.Object({ u: Type.Object({ 'a/b': Type.Array(Type.Number()) }) }),
      '/u/a~1b/*',
      'type',
    ],
    ['number into integer', Type.Number(), Type.Integer(), '', 'type'],
    [
      'a union into one member',
      Type.Union([Type.String(), Type.Number()]),
      Type.String(),
      '',
      'type',
    ],
    ['nullable into not nullable', { type: ['string', 'null'] }, Type.String(), '', 'type'],
    [
      'OpenAPI nullable into not nullable',
      { type: 'string', nullable: true },
      Type.String(),
      '',
      'type',
    ],
    [
      'null into what only OpenAPI calls nullable',
      { type: ['string', 'null'] },
      { type: 'string', nullable: true },
      '',
      'type',
    ],
    [
      'a tuple of which readings differ',
      Type.Array(Type.String()),
      {
        type: 'object',
        properties: {},
        allOf: [{ prefixItems: [{ type: 'string' }] }],
        dependencies: {},
      },
      '',
      'type',
    ],
    ['decimal multiples', Type.Literal(0.3), Type.Number({ multipleOf: 0.1 }), '', 'value'],
    [
      'the same words in another version of JSON Schema',
      { $schema: 'http://json-schema.org/draft-07/schema#', prefixItems: [{ type: 'string' }] },
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        prefixItems: [{ type: 'string' }],
      },
      '/0',
      'type',
    ],
    ['an enum value too many', { enum: ['a', 'z'] }, { enum: ['a', 'b'] }, '', 'value'],
    ['a string into an enum', Type.String(), { enum: ['a'] }, '', 'value'],
    ['a wider range', Type.Number(), Type.Number({ minimum: 0 }), '', 'value'],
    [
      'an open bound on a closed one',
      Type.Number({ minimum: 0 }),
      Type.Number({ exclusiveMinimum: 0 }),
      '',
      'value',
    ],
    [
      'fractions of multiples',
      Type.Number({ multipleOf: 0.3 }),
      Type.Number({ multipleOf: 0.1 }),
      '',
      'value',
    ],
    [
      'a shorter array',
      Type.Array(Type.String()),
      Type.Array(Type.String(), { minItems: 1 }),
      '',
      'value',
    ],
    [
      'an open tuple',
      { type: 'array', prefixItems: [{ type: 'string' }] },
      Type.Array(Type.String()),
      '/*',
      'type',
    ],
    [
      'a value two branches of oneOf take',
      { const: 3 },
      { oneOf: [{ type: 'number' }, { minimum: 0 }] },
      '',
      'union',
    ],
    [
      'a union no branch takes',
      Type.Boolean(),
      Type.Union([Type.String(), Type.Number()]),
      '',
      'union',
    ],
    [
      'the branch that is nearest',
      Type.Object({ a: Type.Number() }),
      Type.Union([Type.Null(), Type.Object({ a: Type.String() })]),
      '/a',
      'type',
    ],
    ['a not that it may be', {}, { not: { type: 'null' } }, '', 'value'],
    [
      'another format',
      Type.String({ format: 'email' }),
      Type.String({ format: 'uri' }),
      '',
      'value',
    ],
    [
      'another pattern',
      Type.String({ pattern: '^a' }),
      Type.String({ pattern: '^ab' }),
      '',
      'value',
    ],
    [
      'a reference out of the document',
      Type.String(),
      { $ref: 'https://example.org/a' },
      '',
      'unproven',
    ],
    ['a keyword that is not compared', Type.String(), { $dynamicRef: '#a' }, '', 'unproven'],
    ['an input that nothing satisfies', Type.String(), false, '', 'extra'],
    ['an unknown output into a known input', {}, Type.Object({}), '', 'type'],
  ]
  test.each(pairs)('%s', (_name, output, input, path, reason) => {
    const fit = schemaFit(output, input)
    expect(fit.compatible).toBe(false)
    expect(fit.mismatches[0]).toMatchObject({ path, reason })
    for (const mismatch of fit.mismatches) {
      expect(mismatch.expected).not.toBe('')
      expect(mismatch.actual).not.toBe('')
    }
    expect(isSchemaCompatible(output, input)).toBe(false)
  })

  test('every mismatch is reported, not only the first', () => {
    const fit = schemaFit(
      Type.Object({ a: Type.Number(), b: Type.Optional(Type.String()) }),
      Type.Object({ a: Type.String(), b: Type.String(), c: Type.Null() }),
    )
    expect(fit.mismatches.map(({ path, reason }) => `${path} ${reason}`).toSorted()).toEqual([
      '/a type',
      '/b optional',
      '/c missing',
    ])
  })
})

describe('undeclared properties taken as absent', () => {
  const output = Type.Object({ a: Type.String() })
  test.each([
    [
      'an optional field more',
      Type.Object({ a: Type.String(), b: Type.Optional(Type.Number()) }),
      true,
    ],
    ['a closed input', Type.Object({ a: Type.String() }, closed), true],
    ['a record', { type: 'object', additionalProperties: { type: 'string' } }, true],
    ['a required field', Type.Object({ b: Type.Number() }), false],
  ])('%s', (_name, input, compatible) => {
    expect(isSchemaCompatible(output, input, { undeclared: 'absent' })).toBe(compatible)
  })

  test('an object of which nothing is declared may still hold anything', () => {
    const input = Type.Object({ b: Type.Optional(Type.Number()) })
    expect(isSchemaCompatible({ type: 'object' }, input, { undeclared: 'absent' })).toBe(false)
  })
})

describe('hostile schemas', () => {
  test('nesting of 100,000 levels gives an answer, not an overflow', () => {
    const nest = (leaf: JsonSchema): JsonSchema => {
      let schema: JsonSchema = leaf
      for (let depth = 0; depth < 100_000; depth += 1) {
        schema = { type: 'object', properties: { a: schema }, required: ['a'] }
      }
      return schema
    }
    const fit = schemaFit(nest({ type: 'string' }), nest({ type: 'number' }))
    expect(fit.compatible).toBe(false)
    expect(fit.mismatches[0]?.reason).toBe('limit')
    let all: JsonSchema = { type: 'string' }
    for (let depth = 0; depth < 100_000; depth += 1) all = { allOf: [all] }
    expect(isSchemaCompatible(all, { type: 'number' })).toBe(false)
    expect(isSchemaCompatible({ type: 'number' }, all)).toBe(false)
  })

  test('cyclic references prove nothing', () => {
    const cycle = {
      $ref: '#/$defs/a',
      $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
    }
    expect(isSchemaCompatible({ type: 'string' }, cycle)).toBe(false)
    expect(isSchemaCompatible(cycle, { type: 'string' })).toBe(false)
  })

  test('many unions inside each other end in "not proven"', () => {
    const wide = (at: number): JsonSchema => ({
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: 12 }, (_, n) => [
          `p${n}`,
          { enum: Array.from({ length: 8 }, (_, v) => `${at}${v}`) },
        ]),
      ),
      required: Array.from({ length: 12 }, (_, n) => `p${n}`),
    })
    const input = { anyOf: [wide(1), wide(2), wide(3)] }
    expect(isSchemaCompatible(wide(4), input)).toBe(false)
  })

  test('unions of thousands, inside each other and side by side, get an answer', () => {
    const objects = (prefix: string): JsonSchema[] =>
      Array.from({ length: 3000 }, (_, at) => ({
        type: 'object',
        properties: { [`${prefix}${at}`]: { type: 'string' } },
        required: [`${prefix}${at}`],
      }))
    const wide = { anyOf: objects('a') }
    const both = { allOf: [wide, { anyOf: objects('b') }, { oneOf: objects('c') }] }
    expect(isSchemaCompatible(both, { oneOf: objects('d') })).toBe(false)
    expect(isSchemaCompatible({ oneOf: objects('a') }, both)).toBe(false)
    expect(isSchemaCompatible(wide, structuredClone(wide))).toBe(true)
    const flags = Array.from({ length: 2000 }, (_, at) => `p${at}`)
    const tagged = {
      type: 'object',
      properties: Object.fromEntries(flags.map((name) => [name, { enum: [1, 2, 3] }])),
      required: flags,
    }
    const branches = flags.slice(0, 20).map((name) => ({ properties: { [name]: { const: 4 } } }))
    expect(isSchemaCompatible(tagged, { anyOf: branches })).toBe(false)
  })

  test('properties called like members of objects are properties', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}},"required":["__proto__","constructor"]}',
    ) as JsonSchema
    expect(isSchemaCompatible(schema, structuredClone(schema))).toBe(true)
    expect(isSchemaCompatible(Type.Object({}), schema)).toBe(false)
  })
})
