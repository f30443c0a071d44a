import { expect, test } from 'vitest'
import { headerDeclarations, withoutHeaders } from './header-declarations.ts'
import { refuseParameterHeaders } from './parameter-headers.ts'

const schema = {
  properties: {
    operationId: { type: 'string', 'x-mcp-header': 'Operation' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    other: { type: 'string' },
    place: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
  },
}

async function answer(
  headers: Record<string, string>,
  input: object,
  required = true,
): Promise<unknown> {
  const body = { id: 7, method: 'tools/call', params: { name: 'call', arguments: input } }
  const response = refuseParameterHeaders(
    { schemaOf: (tool) => (tool === 'call' ? schema : undefined), required },
    new Headers(headers),
    body,
  )
  if (response === undefined) return undefined
  return [response.status, ((await response.json()) as { error: { code: number } }).error.code]
}

const refused = [400, -32_020]

test.each([
  ['the same value', { 'Mcp-Param-Operation': 'fs.read' }, { operationId: 'fs.read' }],
  [
    'the same value in Base64',
    { 'Mcp-Param-Operation': '=?base64?ZnMucmVhZA==?=' },
    { operationId: 'fs.read' },
  ],
  ['a number in another form', { 'Mcp-Param-Count': '7.0' }, { count: 7 }],
  ['a header without a parameter', { 'Mcp-Param-Operation': 'fs.read' }, {}],
  ['a parameter that is not primitive', {}, { operationId: { a: 1 } }],
  [
    'what begins like Base64',
    { 'Mcp-Param-Operation': '=?base64?eA==' },
    { operationId: '=?base64?eA==' },
  ],
])('a call with %s is accepted', async (_what, headers, input) => {
  expect(await answer(headers, input)).toBeUndefined()
})

test.each([
  ['another value', { 'Mcp-Param-Operation': 'fs.read' }, { operationId: 'fs.write' }],
  ['another value further down', { 'Mcp-Param-Region': 'eu' }, { place: { region: 'us' } }],
  ['no number, for zero', { 'Mcp-Param-Count': '' }, { count: 0 }],
  ['a number that a proxy reads as text', { 'Mcp-Param-Count': '0x7' }, { count: 7 }],
  ['another number', { 'Mcp-Param-Count': '8' }, { count: 7 }],
  [
    'Base64 without its padding',
    { 'Mcp-Param-Operation': '=?base64?ZnMucmVhZA?=' },
    { operationId: 'fs.read' },
  ],
])('a call with %s is refused', async (_what, headers, input) => {
  expect([await answer(headers, input), await answer(headers, input, false)]).toEqual([
    refused,
    refused,
  ])
})

test('a missing header is refused only where it is required', async () => {
  const input = { operationId: 'fs.read' }
  expect([await answer({}, input), await answer({}, input, false)]).toEqual([refused, undefined])
})

test.each([
  ['a name that no header has', { a: { type: 'string', 'x-mcp-header': 'A b' } }],
  ['a line break', { a: { type: 'string', 'x-mcp-header': 'A\r\nB' } }],
  ['no text', { a: { type: 'string', 'x-mcp-header': 7 } }],
  ['an object', { a: { type: 'object', 'x-mcp-header': 'A' } }],
  ['a number', { a: { type: 'number', 'x-mcp-header': 'A' } }],
  ['items of a list', { a: { items: { type: 'string', 'x-mcp-header': 'A' } } }],
  [
    'one name twice',
    { a: { type: 'string', 'x-mcp-header': 'A' }, b: { type: 'string', 'x-mcp-header': 'a' } },
  ],
])('a schema that declares a header for %s declares none', (_what, properties) => {
  expect(headerDeclarations({ type: 'object', properties })).toBeUndefined()
  expect(JSON.stringify(withoutHeaders({ properties }))).not.toContain('x-mcp-header')
})
