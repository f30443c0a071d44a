import { expect, test } from 'vitest'
import { holdsSecrets } from './secret-marks.ts'
import type { JsonSchema, OperationSpec } from '../registry/types.ts'

function spec(inputSchema: JsonSchema, outputSchema: JsonSchema = true): OperationSpec {
  return {
    namespace: 'a',
    name: 'b',
    version: '1.0.0',
    type: 'mutation',
    description: '',
    inputSchema,
    outputSchema,
    accessControl: { requiredScopes: [] },
  }
}

test.each<[string, JsonSchema]>([
  ['x-secret', { properties: { pin: { type: 'string', 'x-secret': true } } }],
  ['format password', { properties: { pin: { type: 'string', format: 'password' } } }],
  ['writeOnly', { properties: { pin: { type: 'string', writeOnly: true } } }],
  ['a mark in a list', { items: { anyOf: [{ type: 'null' }, { 'x-secret': true }] } }],
  ['a mark in a definition', { $ref: '#/$defs/a', $defs: { a: { 'x-secret': true } } }],
  ['a property that is called like a keyword', { properties: { default: { 'x-secret': true } } }],
])('%s marks an operation, in its input and in its output', (_, schema) => {
  expect(holdsSecrets(spec(schema))).toBe(true)
  expect(holdsSecrets(spec(true, schema))).toBe(true)
})

test.each<[string, JsonSchema]>([
  ['no mark', { properties: { path: { type: 'string', format: 'uri' } } }],
  ['a mark that says no', { properties: { path: { 'x-secret': false, writeOnly: false } } }],
  ['properties with the names of marks', { properties: { 'x-secret': true, writeOnly: true } }],
  ['a mark in data', { default: { 'x-secret': true }, enum: [{ writeOnly: true }] }],
  ['a boolean', false],
])('%s marks none', (_, schema) => {
  expect(holdsSecrets(spec(schema))).toBe(false)
})

test('a schema with more parts than are looked at counts as marked', () => {
  const wide = { anyOf: Array.from({ length: 70_000 }, () => ({})) }
  expect(holdsSecrets(spec(wide))).toBe(true)
})
