import { expect, test } from 'vitest'
import { FromOpenAPI, parseDocument } from '../../../from-openapi.ts'
import type { OpenAPIDefinition } from '../../../from-openapi.ts'
import type { JsonSchema } from '../../../registry/types.ts'
import { collectErrors } from '../../../schema/validation.ts'
import { compileSchema } from '../../../schema/validator.ts'
import { documentOf } from './fixtures/call-operation.ts'

const config = { namespace: 'api', baseUrl: 'https://api.example' }
const fits = (schema: JsonSchema | undefined, value: unknown): boolean =>
  collectErrors(schema ?? true, value).length === 0

interface Taken {
  readonly input: JsonSchema
  readonly output: JsonSchema
  readonly loosened: Readonly<Record<string, readonly string[]>> | undefined
}

/** A schema as the body of an operation and as its answer. */
function taken(schema: unknown, openapi = '3.1.0', schemas: object = {}): Taken {
  const content = { 'application/json': { schema } }
  const [operation] = FromOpenAPI(
    documentOf({
      operation: { requestBody: { content }, responses: { 200: { description: '', content } } },
      openapi,
      components: { schemas },
    }),
    config,
  ) as [OpenAPIDefinition]
  const { inputSchema, outputSchema, _meta } = operation
  for (const made of [inputSchema, outputSchema]) compileSchema(structuredClone(made))
  return {
    input: inputSchema,
    output: outputSchema,
    loosened: _meta?.['loosened'] as Taken['loosened'],
  }
}

const property = (schema: unknown): object => ({ type: 'object', properties: { a: schema } })

/** Each with a value that it must accept. */
const sloppy: readonly (readonly [string, unknown, unknown])[] = [
  ['required: true at a property', { type: 'string', required: true }, 'x'],
  ['required: false', { type: 'string', required: false }, 'x'],
  ['description: null', { type: 'string', description: null }, 'x'],
  ['format: null', { type: 'string', format: null }, 'x'],
  ['title: 5', { type: 'string', title: 5 }, 'x'],
  ['$comment: 5', { type: 'string', $comment: 5 }, 'x'],
  ['readOnly: "true"', { type: 'string', readOnly: 'true' }, 'x'],
  ['allOf: []', { type: 'string', allOf: [] }, 'x'],
  ['anyOf: null', { type: 'string', anyOf: null }, 'x'],
  ['required twice', { type: 'object', required: ['x', 'x'] }, { x: 1 }],
  ['enum: []', { type: 'string', enum: [] }, 'x'],
  ['enum: null', { type: 'string', enum: null }, 'x'],
  ['properties: null', { type: 'object', properties: null }, {}],
  ['additionalProperties: null', { type: 'object', additionalProperties: null }, { b: 1 }],
  ['items: null', { type: 'array', items: null }, [1]],
  ['items: a list', { type: 'array', items: [{ type: 'string' }] }, ['x', 1]],
  ['type: any', { type: 'any' }, { b: 1 }],
  ['type: file', { type: 'file' }, 'x'],
  ['type: date', { type: 'date' }, '2026-01-01'],
  ['type: String', { type: 'String' }, 'x'],
  ['type: ""', { type: '' }, 5],
  ['type: null', { type: null, oneOf: [{ type: 'string' }] }, 'x'],
  ['type: []', { type: [] }, 5],
  ['maxLength: "10"', { type: 'string', maxLength: '10' }, 'x'],
  ['maxLength: -1', { type: 'string', maxLength: -1 }, 'x'],
  ['maximum: {}', { type: 'integer', maximum: {} }, 5],
  ['multipleOf: 0', { type: 'integer', multipleOf: 0 }, 5],
  ['exclusiveMinimum: true', { type: 'integer', minimum: 1, exclusiveMinimum: true }, 2],
  ['uniqueItems: "true"', { type: 'array', uniqueItems: 'true' }, [1, 1]],
  ['a pattern with look-ahead', { type: 'string', pattern: '^(?=a)' }, 'b'],
  ['pattern: 5', { type: 'string', pattern: 5 }, 'b'],
  [
    'a patternProperties with look-ahead',
    { additionalProperties: false, patternProperties: { '(?=a)': {} } },
    { a: 1 },
  ],
  ['schema: null', null, 5],
  ['schema: text', 'string', 5],
  ['schema: []', [], 5],
  ['a list of properties', { type: 'object', properties: [{ type: 'string' }] }, {}],
  ['not a schema in not', { not: { type: 'any' } }, 5],
  ['an unknown keyword', { type: 'string', faker: 'name.firstName', id: 5 }, 'x'],
  ['$defs of its own', { $ref: '#/$defs/x', $defs: { x: { type: 'string' } } }, 'x'],
  [
    '$defs of a schema around it',
    { $defs: { x: { type: 'string' } }, allOf: [{ $ref: '#/$defs/x' }] },
    'x',
  ],
  ['$anchor', { $ref: '#Named' }, 'x'],
  ['dependencies', { type: 'object', dependencies: { a: ['b'], c: { type: 'object' } } }, { c: 1 }],
]

test.each(sloppy)('a schema with %s is imported (B13)', (_, schema, good) => {
  const schemas = { Named: { $anchor: 'Named', type: 'string' } }
  for (const openapi of ['3.0.3', '3.1.0']) {
    const { input, output } = taken(property(schema), openapi, schemas)
    expect(fits(input, { body: { a: good } })).toBe(true)
    expect(fits(output, { a: good })).toBe(true)
  }
})

test('corrected keywords keep their meaning, and what is left out is listed (B13)', () => {
  const schema = property({ type: 'String', maxLength: '3', pattern: '(?=a)', enum: [] })
  const { input, loosened } = taken(schema)
  expect(fits(input, { body: { a: 'long' } })).toBe(false)
  expect(fits(input, { body: { a: 5 } })).toBe(false)
  const at = '/paths/~1op/post/requestBody/content/application~1json/schema/properties/a'
  expect(loosened?.['inputSchema']).toEqual([
    `${at}/type "String" is not a type of JSON Schema`,
    `${at}/maxLength is not a count`,
    `${at}/pattern cannot run in linear time`,
    `${at}/enum is not a list of values`,
  ])
})

test('at most 20 notes of one schema are listed', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`p${index}`, { type: 'any' }]),
  )
  const { loosened } = taken({ type: 'object', properties })
  expect(loosened?.['inputSchema']).toHaveLength(21)
  expect(loosened?.['inputSchema']?.at(-1)).toBe('and more')
})

const text = { type: 'string' }
const ref = { $ref: '#/components/schemas/Text' }
const nullables: readonly (readonly [string, string, unknown])[] = [
  ['3.0.3', 'nullable', { ...text, nullable: true }],
  ['3.0.3', 'nullable with enum', { ...text, enum: ['a'], nullable: true }],
  ['3.0.3', 'type, allOf and nullable', { type: 'string', allOf: [ref], nullable: true }],
  ['3.0.3', 'type, anyOf and nullable', { type: 'string', anyOf: [ref], nullable: true }],
  ['3.0.3', 'type, oneOf and nullable', { type: 'string', oneOf: [ref], nullable: true }],
  ['3.0.3', 'allOf and nullable', { allOf: [ref], nullable: true }],
  ['3.0.3', '$ref and nullable', { ...ref, nullable: true }],
  ['3.0.3', 'a list of types with enum', { type: ['string', 'null'], enum: ['a'] }],
  ['3.0.3', 'x-nullable', { ...text, 'x-nullable': true }],
  ['3.1.0', 'nullable', { ...text, nullable: true }],
  ['3.1.0', 'nullable with const', { const: 'a', nullable: true }],
  ['3.1.0', '$ref and nullable', { ...ref, nullable: true }],
  ['3.1.0', 'oneOf and nullable', { oneOf: [text], nullable: true }],
  ['3.1.0', 'a list of types', { type: ['string', 'null'] }],
  ['3.1.0', 'anyOf with null', { anyOf: [text, { type: 'null' }] }],
  ['3.1.0', 'a list of types with enum', { type: ['string', 'null'], enum: ['a'] }],
]

test.each(nullables)('OpenAPI %s: %s accepts null (B14)', (openapi, _, schema) => {
  const { output } = taken(property(schema), openapi, { Text: text })
  expect([null, 'a', 5].map((value) => fits(output, { a: value }))).toEqual([true, true, false])
})

const HasId = { type: 'object', properties: { id: { type: 'string', readOnly: true } } }
const Id = { type: 'string', readOnly: true }
const idRef = { $ref: '#/components/schemas/Id' }
const readOnly: readonly (readonly [string, object])[] = [
  ['beside its property', { ...HasId, required: ['id', 'name'] }],
  ['beside allOf', { allOf: [{ $ref: '#/components/schemas/HasId' }], required: ['id', 'name'] }],
  ['in a sibling of allOf', { allOf: [HasId, { required: ['id', 'name'] }] }],
  ['in a component that is a sibling', { allOf: [HasId, { $ref: '#/components/schemas/Needs' }] }],
  ['and the property is a reference', { properties: { id: idRef }, required: ['id', 'name'] }],
  [
    'and the property is an allOf',
    { properties: { id: { allOf: [idRef] } }, required: ['id', 'name'] },
  ],
  ['two levels of allOf below', { allOf: [{ allOf: [HasId] }], required: ['id', 'name'] }],
]

test.each(readOnly)(
  'a readOnly property is not required of the caller: required %s (B6)',
  (_, schema) => {
    for (const openapi of ['3.0.3', '3.1.0']) {
      const schemas = { HasId, Id, Needs: { type: 'object', required: ['id', 'name'] } }
      const { input, output } = taken(schema, openapi, schemas)
      expect(fits(input, { body: { name: 'x' } })).toBe(true)
      expect(fits(input, { body: {} })).toBe(false)
      expect(fits(output, { name: 'x' })).toBe(false)
    }
  },
)

test('a component requires its property again where no other schema makes it readOnly (B6)', () => {
  const schemas = { HasId, Needs: { type: 'object', required: ['id'] } }
  const needs = { $ref: '#/components/schemas/Needs' }
  const { input } = taken(
    { properties: { both: { allOf: [HasId, needs] }, alone: needs } },
    '3.1.0',
    schemas,
  )
  expect(fits(input, { body: { both: {} } })).toBe(true)
  expect(fits(input, { body: { alone: {} } })).toBe(false)
})

test('a writeOnly property behind allOf or a reference is not required of the service (B6)', () => {
  const schemas = {
    Password: { type: 'string', writeOnly: true },
    HasPassword: { properties: { pw: { $ref: '#/components/schemas/Password' } } },
  }
  const schema = { allOf: [{ $ref: '#/components/schemas/HasPassword' }], required: ['pw'] }
  const { input, output } = taken(schema, '3.1.0', schemas)
  expect(fits(output, {})).toBe(true)
  expect(fits(input, { body: {} })).toBe(false)
})

test('components that refer to themselves without an end accept anything, and are listed', () => {
  const A = { $ref: '#/components/schemas/B' }
  const B = { allOf: [{ $ref: '#/components/schemas/A' }] }
  const { output, loosened } = taken({ properties: { a: A } }, '3.1.0', { A, B })
  expect(fits(output, { a: 5 })).toBe(true)
  expect(loosened?.['outputSchema']?.[0]).toContain('refers to itself without an end')
})

test('a schema of a thousand levels, or one that contains itself, is cut', () => {
  const self: Record<string, unknown> = { type: 'object' }
  self['properties'] = { self }
  let deep: object = { type: 'string' }
  for (let level = 0; level < 1000; level++) deep = { type: 'array', items: deep }
  for (const schema of [self, deep]) {
    const { loosened } = taken(schema)
    expect(loosened?.['outputSchema']?.join()).toContain('is nested too deeply')
  }
})

test('combinations that stand for exponentially many schemas end', () => {
  const doubled = (index: number): object => ({ $ref: `#/components/schemas/D${index}` })
  const schemas = {
    ...Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `D${index}`,
        { required: ['id'], allOf: [doubled(index + 1), doubled(index + 1)] },
      ]),
    ),
    D40: { type: 'object', required: ['id'] },
  }
  const schema = { allOf: [HasId, doubled(0)] }
  const forms = { 'multipart/form-data': { schema: { properties: { file: doubled(0) } } } }
  const [operation] = FromOpenAPI(
    documentOf({
      operation: {
        requestBody: { content: forms },
        responses: { 200: { description: '', content: { 'application/json': { schema } } } },
      },
      components: { schemas },
    }),
    config,
  )
  expect(operation?.name).toBe('op')
  expect(taken(schema, '3.1.0', schemas).loosened).toBeDefined()
})

test('YAML merge keys are merged (B5)', async () => {
  const yaml = `
openapi: 3.0.3
x-page: &page { name: page, in: query, schema: { type: integer } }
x-base: &base { type: object, required: [id], properties: &props { id: { type: integer } } }
paths:
  /a:
    post:
      parameters: [{ <<: *page, description: The page. }]
      requestBody:
        content:
          application/json:
            schema: { <<: *base, properties: { <<: *props, name: { type: string } } }
      responses: { 204: { description: ok } }
`
  const [operation] = FromOpenAPI(parseDocument(yaml), config)
  expect(operation?.inputSchema).toMatchObject({
    properties: {
      page: { type: 'integer', description: 'The page.' },
      body: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'integer' }, name: { type: 'string' } },
      },
    },
  })
})
