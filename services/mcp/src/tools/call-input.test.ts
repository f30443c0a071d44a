import { expect, test } from 'vitest'
import { inputValue } from './call-input.ts'

const value = (schema: unknown, input: unknown): unknown => inputValue('a.b', schema, input)
const object = { type: 'object' }

test.each([
  ['an object', object],
  ['an object or null', { type: ['object', 'null'] }],
  ['a union of objects', { anyOf: [object, { properties: {} }] }],
  ['a reference to an object', { $ref: '#/$defs/input', $defs: { input: object } }],
  ['all of two objects', { allOf: [object, {}] }],
  ['properties', { properties: { a: {} } }],
])('the JSON text of an object is taken as the object where %s is wanted (F2)', (_, schema) => {
  expect(value(schema, '{"a":"1"}')).toEqual({ a: '1' })
  expect(value(schema, { a: '1' })).toEqual({ a: '1' })
  for (const text of ['[1]', '7', 'null', 'plain', '"{}"', '']) {
    expect(() => value(schema, text)).toThrow('The input of a.b must be an object')
  }
})

test.each([{}, true, { type: 'string' }, { anyOf: [object, { type: 'string' }] }])(
  'a text stays a text where %j takes strings',
  (schema) => {
    expect(value(schema, '{"a":1}')).toBe('{"a":1}')
  },
)

test('the JSON text of an array is taken as the array where an array is wanted', () => {
  expect(value({ type: 'array' }, '[1]')).toEqual([1])
  expect(value({ type: 'array' }, '{}')).toBe('{}')
  expect(value({ type: 'number' }, '7')).toBe('7')
})

test('a schema that refers to itself takes anything', () => {
  expect(value({ $ref: '#' }, '{}')).toBe('{}')
  expect(value({ $ref: '#/$defs/missing' }, '{}')).toBe('{}')
})

test('a text that is nested too deep is refused', () => {
  const text = `{"a":${'['.repeat(600)}${']'.repeat(600)}}`
  expect(() => value(object, text)).toThrow('nested deeper')
})
