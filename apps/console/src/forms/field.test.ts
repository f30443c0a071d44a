import { expect, test } from 'vitest'
import { fieldsOf, inputOf } from './field.ts'

const schema = {
  type: 'object',
  required: ['path'],
  properties: {
    limit: { type: 'integer' },
    kind: { anyOf: [{ const: 'a' }, { const: 'b' }] },
    path: { type: 'string', description: 'A path.' },
    deep: { type: 'object' },
    on: { type: 'boolean' },
  },
}

test('a form has a field for each member, required ones first', () => {
  const fields = fieldsOf(schema) ?? []
  expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
    ['path', 'text'],
    ['limit', 'number'],
    ['kind', 'choice'],
    ['deep', 'json'],
    ['on', 'boolean'],
  ])
})

test('what was typed in becomes an input, and empty fields are left out', () => {
  const fields = fieldsOf(schema) ?? []
  expect(inputOf(fields, { path: 'a', limit: '3', deep: '{"x":1}', on: 'false' })).toEqual({
    path: 'a',
    limit: 3,
    deep: { x: 1 },
    on: false,
  })
  expect(() => inputOf(fields, { path: 'a', limit: '1.5' })).toThrow('whole number')
  expect(() => inputOf(fields, { path: 'a', deep: '{' })).toThrow('valid JSON')
})

test.each([true, false, null, 7, {}, { type: 'array' }, { anyOf: [] }, { type: 'object' }])(
  'an input that is no plain object is written as JSON: %j',
  (other) => {
    expect(fieldsOf(other)).toBeUndefined()
  },
)
