import { expect, test } from 'vitest'
import { hubAddress } from './hub-address.ts'
import { hubToolsOf } from './hub-tools.ts'
import { sumCounts } from './sum-counts.ts'

const isHub = hubAddress('https://hub.example.org', {
  host: '127.0.0.1:4302',
  headers: { 'x-forwarded-host': 'gateway.example.org' },
})
const of = (tools: unknown, approval: 'always' | 'never' = 'always') =>
  hubToolsOf(tools, { isHub, key: 'alk_own', approval })
const tool = (more: object = {}): object => ({
  type: 'mcp',
  server_url: 'https://hub.example.org/mcp',
  ...more,
})

test('the address of the hub is its public one, or the one at which the client reached it, with the path of MCP', () => {
  for (const address of [
    'https://hub.example.org/mcp',
    'https://hub.example.org/mcp/native?x=1',
    'http://gateway.example.org/mcp',
    'http://127.0.0.1:4302/mcp',
  ])
    expect([address, isHub(address)]).toEqual([address, true])
  for (const address of [
    'https://other.example.org/mcp',
    'https://hub.example.org/v1',
    'https://hub.example.org/mcps',
    'https://hub.example.org:8443/mcp',
    'ftp://hub.example.org/mcp',
    'https://hub.example.org@evil.example.org/mcp',
    'mcp',
  ])
    expect([address, isHub(address)]).toEqual([address, false])
})

test('the tools of the hub are found among the others, under the label that the client gives', () => {
  const other = { type: 'function', name: 'own' }
  const found = of([other, tool({ server_label: 'my hub' })])
  expect(found?.label).toBe('my hub')
  expect([...(found?.tools.keys() ?? [])]).toEqual([
    'my_hub__list',
    'my_hub__search',
    'my_hub__schema',
    'my_hub__call',
  ])
  expect(found?.others).toEqual([other])
  expect(of([other])).toBeUndefined()
  expect(of('x')).toBeUndefined()
  expect([...(of([tool({ allowed_tools: ['search'] })])?.tools.keys() ?? [])]).toEqual([
    'hub__search',
  ])
})

test('require_approval in each of its forms', () => {
  const asks = (given: unknown, name: string, isReadOnly: boolean): boolean | undefined =>
    of([tool({ require_approval: given })])?.needsApproval(name, isReadOnly)
  expect([asks('always', 'list', true), asks('never', 'call', false)]).toEqual([true, false])
  expect([
    asks(undefined, 'list', true),
    of([tool()], 'never')?.needsApproval('call', false),
  ]).toEqual([true, false])
  const never = { never: { tool_names: ['list'] } }
  expect([asks(never, 'list', true), asks(never, 'call', true)]).toEqual([false, true])
  const readOnly = { never: { read_only: true } }
  expect([asks(readOnly, 'call', true), asks(readOnly, 'call', false)]).toEqual([false, true])
  const both = { always: { tool_names: ['call'] }, never: { tool_names: ['call', 'list'] } }
  expect([asks(both, 'call', true), asks(both, 'list', true)]).toEqual([true, false])
})

test('what cannot be obeyed is refused', () => {
  for (const tools of [
    [tool(), tool()],
    [tool({ require_approval: 'sometimes' })],
    [tool({ require_approval: {} })],
    [tool({ require_approval: { never: {} } })],
    [tool({ require_approval: { never: { read_only: 'yes' } } })],
    [tool({ allowed_tools: 'search' })],
    [tool({ server_label: '' })],
    [tool({ authorization: 'alk_other' })],
    [tool({ headers: { Authorization: 'Bearer alk_other' } })],
    [tool({ headers: { 'X-Api-Key': 'alk_other' } })],
  ])
    expect(() => of(tools)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
  expect(of([tool({ headers: { authorization: 'Bearer alk_own' } })])).toBeDefined()
})

test('the usage of rounds is added number by number', () => {
  expect(
    sumCounts(
      { input_tokens: 1, details: { cached: 1 }, tier: 'a' },
      { input_tokens: 2, details: { cached: 3, other: 1 }, tier: 'b', output_tokens: 4 },
    ),
  ).toEqual({ input_tokens: 3, details: { cached: 4, other: 1 }, tier: 'b', output_tokens: 4 })
  expect(sumCounts(undefined, { a: 1 })).toEqual({ a: 1 })
  expect(sumCounts({ a: 1 }, undefined)).toEqual({ a: 1 })
  expect(sumCounts({ a: 1 }, null)).toEqual({ a: 1 })
})
