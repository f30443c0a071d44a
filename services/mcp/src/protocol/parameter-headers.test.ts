import { expect, test } from 'vitest'
import { refuseParameterHeaders } from './parameter-headers.ts'

const schema = {
  properties: {
    operationId: { type: 'string', 'x-mcp-header': 'Operation' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    other: { type: 'string' },
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
