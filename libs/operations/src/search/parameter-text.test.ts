import { expect, test } from 'vitest'
import { parameterText } from './parameter-text.ts'

test('the text has the names and descriptions of two levels', () => {
  const inner = { properties: { deep: { properties: { deeper: {} } } } }
  const properties = { path: { description: 'Where it is' }, list: { items: inner }, box: inner }
  expect(parameterText({ properties })).toBe('path Where it is list box deep')
})

test('a schema with more than 64 parameters or a cycle gives a bounded text', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`p${at}`, {}]))
  expect(parameterText({ properties: many }).split(' ')).toHaveLength(64)
  const cyclic: Record<string, unknown> = {}
  cyclic['properties'] = { self: cyclic }
  cyclic['items'] = cyclic
  expect(parameterText(cyclic)).toContain('self')
})

test.each([undefined, null, true, 'text', { properties: 7 }, { properties: { a: null, b: true } }])(
  'any value is accepted as a schema: %j',
  (schema) => {
    expect(typeof parameterText(schema)).toBe('string')
  },
)
