// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
import { expect, test } from 'vitest'
import { compileSchema } from '../../../schema/validator.ts'
import { SchemaSource } from './schema-source.ts'

const id = { type: 'string', readOnly: true }
const withId = { type: 'object', properties: { id } }
const both = { required: ['id', 'name'], properties: { name: { type: 'string' } } }

test.each<[string, object]>([
  ['anyOf inside allOf', { allOf: [{ anyOf: [withId, { type: 'object' }] }], ...both }],
  [
    'oneOf inside allOf',
    { allOf: [{ oneOf: [{ $ref: '#/components/schemas/WithId' }] }], ...both },
  ],
  ['anyOf beside required', { anyOf: [withId, { type: 'object' }], ...both }],
  [
    'required inside anyOf',
    { allOf: [withId], anyOf: [{ required: ['id'] }], properties: both.properties },
  ],
  [
    'an option of the property',
    { required: ['id'], properties: { id: { anyOf: [id, { type: 'null' }] } } },
  ],
  ['allOf inside anyOf inside allOf', { allOf: [{ anyOf: [{ allOf: [withId] }] }], ...both }],
  ['then', { if: { required: ['name'] }, then: withId, ...both }],
  [
    'else',
    { if: { required: ['x'] }, else: { ...withId, required: ['id'] }, properties: both.properties },
  ],
  ['required inside then', { ...withId, if: true, then: { required: ['id'] } }],
  ['dependentSchemas', { dependentSchemas: { name: { ...withId, required: ['id'] } } }],
  ['dependentRequired', { ...withId, dependentRequired: { name: ['id'] } }],
])('a readOnly property is not required of the caller behind %s (B6)', (_, schema) => {
  const components = { schemas: { WithId: withId } }
  const source = new SchemaSource({ openapi: '3.1.0', components })
  const takes = compileSchema(source.take(schema, 'request', '/x') as never).check
  expect(takes({ name: 'n' })).toBe(true)
  const answers = compileSchema(source.take(schema, 'response', '/x') as never).check
  expect(answers({ name: 'n' })).toBe(false)
})

test('a condition that asks for a readOnly property still asks for it', () => {
  const schema = { ...withId, if: { required: ['id'] }, then: { required: ['name'] } }
  const source = new SchemaSource({ openapi: '3.1.0' })
  const takes = compileSchema(source.take(schema, 'request', '/x') as never).check
  expect([takes({}), takes({ id: 'x' })]).toEqual([true, false])
})
