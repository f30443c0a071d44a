import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { CallError } from '../calls/call-error.ts'
import { MAX_SCHEMA_BYTES } from './schema-limits.ts'
import type { JsonSchema } from '../registry/types.ts'
import { compileSchema, schemaHash } from './validator.ts'

const refusal = (schema: unknown): CallError => {
  try {
    compileSchema(schema as JsonSchema)
  } catch (error) {
    if (error instanceof CallError) return error
    throw error
  }
  throw new Error(`was not refused: ${JSON.stringify(schema)}`)
}

test('a value that is none of a few literals is refused in one line that names them', () => {
  const Level = Type.Union([Type.Literal('low'), Type.Literal('high')])
  const errorsOf = (schema: JsonSchema, value: unknown) => compileSchema(schema).errors(value)
  const fault = 'must be one of ["low","high"]'
  expect(errorsOf(Type.Object({ level: Level }), { level: 'hih' })).toEqual([
    { path: '/level', message: fault },
  ])
  expect(errorsOf(Type.Array(Level), ['low', 'x', 'y'])).toEqual([
    { path: '/1', message: fault },
    { path: '/2', message: fault },
  ])
  // Other unions are listed with what fails inside of them.
  const Mixed = Type.Union([Type.Literal('low'), Type.Literal('high'), Type.Integer()])
  expect(errorsOf(Mixed, 'x').map(({ message }) => message)).toEqual([
    'must be "low"',
    'must be "high"',
    'must be integer',
    'must match a schema in anyOf',
  ])
  expect(
    errorsOf(Type.Union([Type.Integer(), Type.Literal('low'), Type.Literal('high')]), 'x'),
  ).toHaveLength(4)
})

test('a schema is compiled once: the same object and equal content give the same validator', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } }
  const reordered = { properties: { b: { type: 'number' }, a: { type: 'string' } }, type: 'object' }
  expect(compileSchema(schema)).toBe(compileSchema(schema))
  expect(compileSchema(reordered)).toBe(compileSchema(schema))
  expect(schemaHash(reordered)).toBe(schemaHash(schema))
  expect(schemaHash({ type: 'string' })).toMatch(/^[0-9a-f]{64}$/)
  expect(schemaHash({ type: 'string' })).not.toBe(schemaHash({ type: 'number' }))
})

test('every failing path is named, in words that do not contain the value', () => {
  const validator = compileSchema(
    Type.Object(
      {
        name: Type.String({ minLength: 3 }),
        'a/b': Type.Integer(),
        list: Type.Array(Type.Object({ id: Type.String({ format: 'uuid' }) })),
        kind: Type.Union([Type.Literal('x'), Type.Literal('y')]),
        missing: Type.String(),
      },
      { additionalProperties: false },
    ),
  )
  const value = {
    name: 'hunter2'.slice(0, 2),
    'a/b': 'hunter2',
    list: [{ id: 'hunter2' }, {}],
    kind: 'hunter2',
    extra: 1,
  }
  expect(validator.check(value)).toBe(false)
  const errors = validator.errors(value)
  expect(new Set(errors.map((error) => error.path))).toEqual(
    new Set(['/name', '/a~1b', '/list/0/id', '/list/1/id', '/kind', '/missing', '/extra']),
  )
  expect(JSON.stringify(errors)).not.toContain('hunter2')
  expect(errors).toContainEqual({ path: '/missing', message: 'is required' })
  expect(errors).toContainEqual({ path: '/extra', message: 'is not allowed here' })
  expect(errors).toContainEqual({ path: '/kind', message: 'must be one of ["x","y"]' })
})

test('a value that fits has no errors', () => {
  expect(compileSchema({ type: 'string' }).errors('x')).toEqual([])
  expect(compileSchema(true).errors(1)).toEqual([])
  expect(compileSchema(false).errors(1)).toEqual([{ path: '', message: 'is not allowed here' }])
})

test('the number of reported failures is bounded, and a large value gets only its first one', () => {
  const numbers = compileSchema({ type: 'array', items: { type: 'number' } })
  const some = numbers.errors(Array.from({ length: 5000 }, String))
  expect(some).toHaveLength(101)
  expect(some.at(-1)).toEqual({ path: '', message: 'fails in more than 100 places' })
  expect(numbers.errors(Array.from({ length: 50_000 }, String))).toEqual([
    { path: '/0', message: 'must be number' },
  ])
})

test('long names in a value are shortened in errors', () => {
  const closed = compileSchema({ additionalProperties: false })
  const [failure] = closed.errors({ ['k'.repeat(100_000)]: 1 })
  expect(failure?.path).toHaveLength(515)
})

test('without $schema the dialect follows the keywords used; with it, it is that one', () => {
  const tuple = { type: 'array', items: [{ type: 'string' }], additionalItems: false }
  expect(compileSchema(tuple).check(['a'])).toBe(true)
  expect(compileSchema(tuple).check([1])).toBe(false)
  expect(compileSchema(tuple).check(['a', 'b'])).toBe(false)
  expect(compileSchema(Type.Tuple([Type.String()])).check([1])).toBe(false)
  const modern = { prefixItems: [{ type: 'string' }], items: false }
  expect(compileSchema(modern).check(['a'])).toBe(true)
  expect(compileSchema(modern).check(['a', 'b'])).toBe(false)
  const old = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    prefixItems: [{ type: 'string' }],
  }
  expect(compileSchema(old).check([1])).toBe(true)
  expect(refusal({ $schema: 'http://json-schema.org/draft-04/schema#' }).message).toContain(
    '/$schema',
  )
})

test('in draft-07 what lies beside a reference is ignored, in 2020-12 it counts', () => {
  const body = {
    $defs: { s: { type: 'string' } },
    properties: { a: { $ref: '#/$defs/s', maxLength: 1 } },
  }
  const draft07 = { $schema: 'http://json-schema.org/draft-07/schema#', ...body }
  expect(compileSchema(draft07).check({ a: 'long' })).toBe(true)
  expect(compileSchema(body).check({ a: 'long' })).toBe(false)
})

test('formats are asserted', () => {
  const cases: [string, string, string][] = [
    ['uuid', '018f2c3e-7b1a-7c3d-9e4f-0123456789ab', '018f2c3e'],
    [
      'uuid',
      '018F2C3E-7B1A-7C3D-9E4F-0123456789AB',
      'urn:uuid:018f2c3e-7b1a-7c3d-9e4f-0123456789ab',
    ],
    ['uuid', '00000000-0000-0000-0000-000000000000', '018f2c3e-7b1a-7c3d-9e4f-0123456789ab\n'],
    ['date-time', '2026-01-02T03:04:05Z', '2026-01-02'],
    ['date', '2026-02-28', '2026-02-30'],
    ['email', 'a@example.org', 'a@'],
    ['uri', 'https://example.org/x', '/x'],
    ['ipv4', '127.0.0.1', '127.0.0.256'],
    ['json-pointer', '/a/b', 'a'],
    ['duration', 'P1D', '1D'],
  ]
  for (const [format, fits, not] of cases) {
    const validator = compileSchema({ type: 'string', format })
    expect([format, validator.check(fits), validator.check(not)]).toEqual([format, true, false])
  }
  expect(compileSchema({ format: 'unknown-format' }).check('x')).toBe(true)
})

test('keywords that are not JSON Schema change nothing: nullable and id are ignored, $async is refused', () => {
  expect(compileSchema({ type: 'string', nullable: true }).check(null)).toBe(false)
  expect(compileSchema({ nullable: true, id: 'x' }).check(1)).toBe(true)
  expect(
    compileSchema({ properties: { nullable: { type: 'string' }, id: { type: 'string' } } }).check({
      id: 1,
    }),
  ).toBe(false)
  expect(refusal({ $async: true }).message).toContain('/$async')
  expect(refusal({ properties: { a: { $async: true } } }).message).toContain('/properties/a/$async')
})

test('names that every object inherits are distinguished from own ones', () => {
  const required = compileSchema({ type: 'object', required: ['constructor', 'toString'] })
  expect(required.check({})).toBe(false)
  expect(required.check({ constructor: 1, toString: 2 })).toBe(true)
  const typed = compileSchema({
    properties: JSON.parse(
      '{"__proto__": {"type": "string"}, "valueOf": {"type": "number"}}',
    ) as JsonSchema,
  })
  expect(typed.check({})).toBe(true)
  expect(typed.check(JSON.parse('{"__proto__": 1}'))).toBe(false)
  expect(typed.check({ valueOf: 'x' })).toBe(false)
})

test('equal names in two schemas do not meet', () => {
  const first = compileSchema({
    $id: 'https://x.test/a',
    $defs: { b: { $id: 'b', type: 'string' } },
    $ref: 'b',
  })
  const second = compileSchema({
    $id: 'https://x.test/a',
    $defs: { b: { $id: 'b', type: 'number' } },
    $ref: 'b',
  })
  expect([first.check('x'), first.check(1), second.check('x'), second.check(1)]).toEqual([
    true,
    false,
    false,
    true,
  ])
})

test('a schema may refer to itself, to its parts and to the meta-schema', () => {
  const tree = compileSchema(
    Type.Recursive((self) => Type.Object({ value: Type.Number(), children: Type.Array(self) })),
  )
  expect(tree.check({ value: 1, children: [{ value: 2, children: [] }] })).toBe(true)
  expect(tree.errors({ value: 1, children: [{ value: 'x', children: [] }] })).toEqual([
    { path: '/children/0/value', message: 'must be number' },
  ])
  const schemas = compileSchema({ $ref: 'https://json-schema.org/draft/2020-12/schema' })
  expect([schemas.check({ type: 'string' }), schemas.check({ type: 'strin' })]).toEqual([
    true,
    false,
  ])
})

test('references that leave the schema are refused with their place, and nothing is fetched', () => {
  for (const $ref of [
    'https://example.org/s.json',
    'other.json',
    '#/$defs/nope',
    '#nope',
    'file:///etc/passwd',
  ])
    expect(refusal({ properties: { a: { $ref } } }).details).toMatchObject({
      errors: [{ path: '/properties/a/$ref' }],
    })
})

test('schemas that never end are refused: object cycles, and references that do not go into the value', () => {
  const cyclic: Record<string, unknown> = { type: 'object' }
  cyclic['properties'] = { a: { not: cyclic } }
  expect(refusal(cyclic).details).toMatchObject({ errors: [{ path: '/properties/a/not' }] })
  expect(refusal({ $ref: '#' }).details).toMatchObject({ errors: [{ path: '/$ref' }] })
  expect(
    refusal({
      $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { allOf: [{ $ref: '#/$defs/a' }] } },
    }).message,
  ).toContain('cycle')
  expect(compileSchema({ properties: { next: { $ref: '#' } } }).check({ next: { next: {} } })).toBe(
    true,
  )
})

test('a schema that is too deep, too large or not JSON is refused with the reason', () => {
  let deep: Record<string, unknown> = {}
  for (let level = 0; level < 200; level++) deep = { not: deep }
  expect(refusal(deep).message).toContain('deeper than 128')
  expect(refusal({ description: 'x'.repeat(MAX_SCHEMA_BYTES) }).message).toContain('bytes')
  expect(refusal({ enum: Array.from({ length: 70_000 }, (_, n) => ({ n })) }).message).toMatch(
    /bytes|members/,
  )
  expect(refusal({ default: 1n }).details).toMatchObject({ errors: [{ path: '/default' }] })
  expect(refusal({ default: () => 1 }).details).toMatchObject({ errors: [{ path: '/default' }] })
  expect(refusal({ default: new Date(0) }).message).toContain('instance of a class')
  expect(refusal({ maximum: Number.NaN }).message).toContain('/maximum')
  for (const value of [undefined, null, 1, 'x', []])
    expect(refusal(value).code).toBe('VALIDATION_ERROR')
})

test('a schema that is invalid in itself is refused with every wrong place', () => {
  const error = refusal({
    type: 'strin',
    properties: { a: { minLength: -1 }, b: { required: 'x' } },
  })
  const paths = (error.details as { errors: { path: string }[] }).errors.map(
    (failure) => failure.path,
  )
  expect(paths).toContain('/type')
  expect(paths).toContain('/properties/a/minLength')
  expect(paths).toContain('/properties/b/required')
})

test('TypeBox schemas that are not JSON Schema are refused, not silently accepted', () => {
  for (const schema of [
    Type.Date(),
    Type.Uint8Array(),
    Type.BigInt(),
    Type.Undefined(),
    Type.Function([], Type.Null()),
  ])
    expect(refusal(Type.Object({ a: schema })).code).toBe('VALIDATION_ERROR')
})

test('a schema that asks for exponential work ends with an error instead of a hang', () => {
  const $defs: Record<string, unknown> = { l0: { type: 'object' } }
  for (let level = 1; level <= 40; level++)
    $defs[`l${level}`] = {
      allOf: [{ $ref: `#/$defs/l${level - 1}` }, { $ref: `#/$defs/l${level - 1}` }],
    }
  const doubling = compileSchema({ $ref: '#/$defs/l40', $defs })
  expect(() => doubling.check({})).toThrow('too many steps')
  const nested = compileSchema({
    allOf: [{ properties: { x: { $ref: '#' } } }, { properties: { x: { $ref: '#' } } }],
  })
  let value: Record<string, unknown> = {}
  for (let level = 0; level < 60; level++) value = { x: value }
  expect(() => nested.check(value)).toThrow('too many steps')
})

test('a value nested beyond the stack is refused, not a crash', () => {
  const list = compileSchema({ type: 'array', items: { $ref: '#' } })
  const value = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)) as unknown
  expect(() => list.check(value)).toThrow(CallError)
  expect(list.check([[]])).toBe(true)
})

test('uniqueItems compares by value in time linear in the array', () => {
  const unique = compileSchema({ uniqueItems: true })
  expect(unique.check([1, '1', true, null, 'null', [], {}, [1], { a: 1, b: 2 }])).toBe(true)
  expect(
    unique.check([
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ]),
  ).toBe(false)
  expect(unique.check([0, -0])).toBe(false)
  expect(unique.check(Array.from({ length: 50_000 }, (_, n) => ({ n })))).toBe(true)
  expect(unique.errors([1, 1])).toEqual([{ path: '', message: 'must not have equal items' }])
  expect(compileSchema({ uniqueItems: false }).check([1, 1])).toBe(true)
})

test('schemas with very many parts compile, and end in reasonable time', () => {
  const patternProperties: Record<string, unknown> = {}
  for (let n = 0; n < 900; n++) patternProperties[`^(a|b)*c${n}$`] = { type: 'string' }
  const patterns = compileSchema({ patternProperties })
  expect([patterns.check({ abc7: 'x' }), patterns.check({ abc7: 1 })]).toEqual([true, false])
  const big = {
    type: 'object',
    properties: Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`p${n}`, { minLength: n }]),
    ),
  }
  const references = Array.from({ length: 300 }, (_, n) => [`r${n}`, { $ref: '#/$defs/big' }])
  const repeated = compileSchema({ $defs: { big }, properties: Object.fromEntries(references) })
  expect([repeated.check({ r1: { p1: 'x' } }), repeated.check({ r1: { p2: 'x' } })]).toEqual([
    true,
    false,
  ])
}, 60_000)

test('no format takes more than linear time', () => {
  const long = ['::', 'a-', '1.', '//', '%20'].map((piece) => `http://${piece.repeat(100_000)}!`)
  for (const format of [
    'url',
    'uri',
    'uri-reference',
    'uri-template',
    'email',
    'hostname',
    'duration',
    'date-time',
    'json-pointer',
  ]) {
    const validator = compileSchema({ format })
    expect(long.map((text) => typeof validator.check(text))).toEqual(long.map(() => 'boolean'))
  }
  expect(compileSchema({ format: 'url' }).check('https://example.org/a?b')).toBe(true)
  expect(compileSchema({ format: 'url' }).check('mailto:a@b')).toBe(false)
})
