import { expect, test } from 'vitest'
import { REDACTED, redactMarked, redactPayloads } from './secret-values.ts'
import type { JsonSchema, OperationSpec } from '../registry/types.ts'

const secret = { type: 'string', 'x-secret': true }

test.each<[string, JsonSchema, unknown, unknown]>([
  ['x-secret', { properties: { pin: secret, n: {} } }, { pin: '1', n: 2 }, { pin: REDACTED, n: 2 }],
  [
    'format password',
    { properties: { pin: { format: 'password' } } },
    { pin: '1' },
    { pin: REDACTED },
  ],
  ['writeOnly', { properties: { pin: { writeOnly: true } } }, { pin: [1] }, { pin: REDACTED }],
  ['the whole value', secret, 'a', REDACTED],
  [
    'a nested member',
    { properties: { a: { properties: { b: secret } } } },
    { a: { b: 'x', c: 1 } },
    { a: { b: REDACTED, c: 1 } },
  ],
  [
    'items',
    { items: { properties: { b: secret } } },
    [{ b: 'x' }, { c: 1 }],
    [{ b: REDACTED }, { c: 1 }],
  ],
  ['prefixItems', { prefixItems: [{}, secret] }, ['a', 'b', 'c'], ['a', REDACTED, 'c']],
  ['items as a list', { items: [{}], additionalItems: secret }, ['a', 'b'], ['a', REDACTED]],
  ['contains', { contains: secret }, ['a'], [REDACTED]],
  [
    '$ref',
    { $ref: '#/$defs/a', $defs: { a: { properties: { b: secret } } } },
    { b: 'x' },
    { b: REDACTED },
  ],
  [
    'a pointer with escapes',
    { properties: { b: { $ref: '#/$defs/a~1b%20c' } }, $defs: { 'a/b c': secret } },
    { b: 'x' },
    { b: REDACTED },
  ],
  [
    'an anchor',
    { properties: { b: { $ref: '#pin' } }, $defs: { a: { $anchor: 'pin', ...secret } } },
    { b: 'x' },
    { b: REDACTED },
  ],
  [
    'allOf',
    { allOf: [{ properties: { a: {} } }, { properties: { b: secret } }] },
    { a: 1, b: 'x' },
    { a: 1, b: REDACTED },
  ],
  ['anyOf', { anyOf: [{ type: 'null' }, secret] }, 'x', REDACTED],
  ['oneOf', { oneOf: [{ properties: { b: secret } }, {}] }, { b: 'x' }, { b: REDACTED }],
  ['else', { if: {}, else: { properties: { b: secret } } }, { b: 'x' }, { b: REDACTED }],
  [
    'dependentSchemas',
    { dependentSchemas: { a: { properties: { b: secret } } } },
    { b: 'x' },
    { b: REDACTED },
  ],
  [
    'patternProperties',
    { patternProperties: { '^t_': secret } },
    { t_a: 'x', u: 1 },
    { t_a: REDACTED, u: 1 },
  ],
  [
    'additionalProperties',
    { properties: { a: {} }, additionalProperties: secret },
    { a: 1, b: 'x' },
    { a: 1, b: REDACTED },
  ],
  ['propertyNames', { propertyNames: secret }, { x: 1 }, REDACTED],
  ['contentSchema', { contentSchema: { properties: { a: secret } } }, '{"a":1}', REDACTED],
  [
    'a reference that leads nowhere beside a mark',
    { properties: { a: { $ref: 'other.json' }, b: secret } },
    { a: 1, b: 'x' },
    { a: REDACTED, b: REDACTED },
  ],
  ['nothing at null', { properties: { b: secret } }, { b: null }, { b: null }],
  [
    'a member called __proto__',
    JSON.parse('{"properties":{"__proto__":{"x-secret":true}}}') as JsonSchema,
    JSON.parse('{"__proto__":"x"}'),
    JSON.parse(`{"__proto__":"${REDACTED}"}`),
  ],
])('%s decides what is redacted', (_, schema, value, expected) => {
  const before = JSON.stringify(value)
  expect(redactMarked(schema, value)).toEqual(expected)
  expect(JSON.stringify(value)).toBe(before)
})

test('a value whose schema has no mark is returned itself', () => {
  const value = { a: [{ b: 1 }] }
  expect(redactMarked({ properties: { a: {} } }, value)).toBe(value)
  expect(redactMarked(true, value)).toBe(value)
})

test('a schema that refers to itself ends with the value, and what is too deep is redacted', () => {
  const schema = { properties: { next: { $ref: '#' }, pin: secret }, allOf: [{ $ref: '#' }] }
  expect(redactMarked(schema, { next: { next: { pin: 'x' }, n: 1 } })).toEqual({
    next: { next: { pin: REDACTED }, n: 1 },
  })
  let deep: unknown = { pin: 'x' }
  for (let level = 0; level < 500; level++) deep = { next: deep }
  expect(JSON.stringify(redactMarked(schema, deep))).not.toContain('"x"')
})

test('a large value is looked at up to a bound, and shows nothing beyond it', () => {
  const schema = { items: { properties: { pin: secret } } }
  const large = Array.from({ length: 100_000 }, () => ({ pin: 'hunter2', n: 1 }))
  const copy = redactMarked(schema, large) as unknown[]
  expect(copy.length).toBeLessThan(8192)
  const json = JSON.stringify(copy)
  expect(json).not.toContain('hunter2')
  expect(json.length).toBeGreaterThan(10 * 1024)
})

test('the details of an error are redacted by the schema that is declared for its code', () => {
  const spec: OperationSpec = {
    namespace: 'a',
    name: 'b',
    version: '1.0.0',
    type: 'mutation',
    description: '',
    inputSchema: { properties: { pin: secret } },
    outputSchema: { properties: { pin: secret } },
    errorSchemas: [
      { code: 'LOCKED', description: '', schema: { properties: { hint: secret } } },
      { code: 'OTHER', description: '', schema: {} },
    ],
    accessControl: { requiredScopes: [] },
  }
  const details = { hint: 'x', n: 1 }
  const payloads = (code: string) => ({
    input: { pin: 'x' },
    output: { pin: 'x' },
    error: { code, message: 'm', details },
  })
  const pin = { pin: REDACTED }
  expect(redactPayloads(spec, payloads('LOCKED'))).toEqual({
    input: pin,
    output: pin,
    error: { code: 'LOCKED', message: 'm', details: { hint: REDACTED, n: 1 } },
  })
  expect(redactPayloads(spec, payloads('OTHER')).error?.details).toBe(details)
})
