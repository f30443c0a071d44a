import { expect, test } from 'vitest'
import { requestHeaders } from './request-headers.ts'

const plain = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
const claim = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }

test('a message of the newer era says version, method and name in headers too', () => {
  expect(
    requestHeaders({ id: 1, method: 'tools/call', params: { ...claim, name: 'call' } }, {}),
  ).toEqual({
    ...plain,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'call',
  })
  expect(
    requestHeaders({ id: 1, method: 'tools/list', params: claim }, { version: '2025-11-25' }),
  ).toEqual({
    ...plain,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/list',
  })
})

test('a name that a header cannot carry goes in Base64', () => {
  for (const name of ['größe', ' padded ', '=?base64?eA==?=', 'two\nlines']) {
    const headers = requestHeaders({ id: 1, method: 'tools/call', params: { ...claim, name } }, {})
    const [, encoded = ''] = /^=\?base64\?(.+)\?=$/.exec(headers['mcp-name'] ?? '') ?? []
    expect(Buffer.from(encoded, 'base64').toString()).toBe(name)
  }
})

test('an older client says the version and the session that initialize ended with, from then on', () => {
  const old = { version: '2025-11-25', session: 's1' }
  expect(requestHeaders({ id: 0, method: 'initialize' }, {})).toEqual(plain)
  expect(requestHeaders({ id: 1, method: 'tools/list' }, old)).toEqual({
    ...plain,
    'mcp-protocol-version': '2025-11-25',
    'mcp-session-id': 's1',
  })
  expect(requestHeaders({ id: 2, method: 'initialize' }, old)).toEqual(plain)
})

test.each(['call', 'query'])('the tool %s repeats its operation in a header', (name) => {
  const params = { ...claim, name, arguments: { operationId: 'größe.lesen' } }
  expect(requestHeaders({ id: 1, method: 'tools/call', params }, {})).toMatchObject({
    'mcp-param-operation': `=?base64?${Buffer.from('größe.lesen').toString('base64')}?=`,
  })
})
