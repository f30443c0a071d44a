import { expect, test } from 'vitest'
import { exampleInput, inputMembers, typeOf } from './input-members.ts'
import { exampleCall, showOperation } from './show-operation.ts'

const schema = {
  type: 'object',
  required: ['path', 'mode'],
  properties: {
    limit: { type: 'integer', minimum: 5, default: 20, description: 'How many.' },
    path: { type: 'string' },
    mode: { anyOf: [{ const: 'a' }, { const: 'b' }] },
    tags: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
  },
}

test('the members of an input are listed with type, whether they are required, and their default', () => {
  expect(
    inputMembers(schema).map(({ name, type, required, description }) => [
      name,
      type,
      required,
      description,
    ]),
  ).toEqual([
    ['path', 'string', true, ''],
    ['mode', '"a" | "b"', true, ''],
    ['limit', 'integer', false, 'How many. Default 20.'],
    ['tags', '(string | null)[]', false, ''],
  ])
})

test('an example has the required members alone, and any schema gets some example', () => {
  expect(exampleInput(schema)).toEqual({ path: '...', mode: 'a' })
  expect(exampleInput(undefined)).toEqual({})
  let deep: object = { type: 'object', required: ['x'], properties: { x: { type: 'string' } } }
  for (let at = 0; at < 100; at += 1)
    deep = { type: 'object', required: ['x'], properties: { x: deep } }
  expect(JSON.stringify(exampleInput(deep)).length).toBeLessThan(200)
  expect(typeOf({})).toBe('any')
})

test('an operation is shown with its members and a line that calls it', () => {
  const operation = {
    operationId: 'dev.x.fs.read',
    namespace: 'fs',
    name: 'read',
    version: '1.0.0',
    type: 'query' as const,
    title: 'Read a file',
    description: "Reads Ada's file.",
    inputSchema: { ...schema, properties: { ...schema.properties, path: { examples: ["it's"] } } },
    outputSchema: { type: 'string' },
    accessControl: { requiredScopes: ['fs:read'] },
    kind: 'spoke' as const,
    schemaHash: '',
    providers: [{ spoke: 'x', status: 'inactive' }],
    providerCount: 0,
  }
  expect(exampleCall(operation)).toBe(
    String.raw`alkhub call dev.x.fs.read '{"path":"it'\''s","mode":"a"}'`,
  )
  const narrow = showOperation(operation, 58)
  expect(narrow).toMatch(/How many\.\s+Default\s+20\./)
  expect(
    Math.max(...(narrow.split('Example')[0] ?? '').split('\n').map((one) => one.length)),
  ).toBeLessThan(59)
  const shown = showOperation(operation, 80)
  expect(shown).toMatch(/^ {2}path +any +required$/m)
  expect(shown).toMatch(/^ {2}limit +integer +optional {2}How many\. Default 20\.$/m)
  expect(shown).toContain('Scopes: fs:read')
  expect(shown).toContain('It has no provider now: x (inactive).')
})
