import { expect, test } from 'vitest'
import { testEndpoint } from '../testing/test-endpoint.ts'

/** A handler over a hub without operations, and the events that it reports. */
function setUp() {
  const events: unknown[] = []
  const context = {
    results: { read: () => Promise.reject(new Error('connect ECONNREFUSED 192.0.2.1:6379')) },
    runtime: {
      bus: { directory: { list: () => ({ items: [] }), search: () => Promise.resolve([]) } },
      config: { http: { maxBodyBytes: 1024 * 1024 } },
    },
    events: {
      toolCalled: (tool: string, ok: boolean) => events.push([tool, ok]),
      toolFailed: () => undefined,
      protocolError: (error: Error) => events.push(error.message),
      requestFailed: (method: string, error: Error) => events.push([method, error.message]),
    },
  }
  const fetch = testEndpoint(context)
  const authenticated = { identity: { id: 'ada', scopes: [] } }
  async function request(method: string, params: object, caller: object = {}) {
    const response = await fetch(
      new Request('http://hub/mcp', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-06-18',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      }),
      { authenticated, ...caller },
    )
    const text = await response.text()
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text)
  }
  return { request, events }
}

test('tools/list shows the five tools, without limits of texts in their schemas', async () => {
  const { tools } = (await setUp().request('tools/list', {})).result
  expect(tools.map(({ name }: { name: string }) => name)).toEqual([
    'list',
    'search',
    'schema',
    'call',
    'query',
  ])
  expect(JSON.stringify(tools)).not.toContain('maxLength')
})

test('a tool is run and counted', async () => {
  const { request, events } = setUp()
  const { result } = await request('tools/call', { name: 'list', arguments: {} })
  expect(result.structuredContent).toEqual({ items: [] })
  expect(events).toEqual([['list', true]])
})

test('an unknown tool is an error of the protocol that lists the tools', async () => {
  const { error } = await setUp().request('tools/call', { name: 'delete', arguments: {} })
  expect(error.code).toBe(-32602)
  expect(error.message).toContain('list, search, schema, call, query')
})

test('an input that does not match the schema is a result with isError for the model', async () => {
  const { request, events } = setUp()
  const { result } = await request('tools/call', { name: 'search', arguments: { query: 7 } })
  expect(result).toMatchObject({ isError: true, structuredContent: { code: 'VALIDATION_ERROR' } })
  expect(events).toEqual([['search', false]])
})

test('a request that is nested too deep is refused and not run', async () => {
  const { result } = await setUp().request(
    'tools/call',
    { name: 'list', arguments: {} },
    { tooDeep: true },
  )
  expect(JSON.stringify(result)).toContain('nested deeper than 512 levels')
})

test('a call ends with the reason for which its key ended', async () => {
  const reason = Object.assign(new Error('The key is no longer valid.'), {})
  const { result } = await setUp().request(
    'tools/call',
    { name: 'list', arguments: {} },
    { keyEnded: AbortSignal.abort(reason) },
  )
  expect(result.isError).toBe(true)
})

test.each([
  ['resources/read', {}, 'params.uri'],
  ['resources/read', { uri: 7 }, 'params.uri'],
  ['prompts/get', { name: 'x', arguments: [] }, 'params.arguments'],
  ['prompts/list', { cursor: 1 }, 'params.cursor'],
])('%s with the parameters %j is an error of the protocol', async (method, params, place) => {
  const { error } = await setUp().request(method, params)
  expect(error.code).toBe(-32602)
  expect(error.message).toContain(`Invalid params for ${method}: ${place}: `)
})

test('what fails in the hub is logged, and the client gets no reason', async () => {
  const { request, events } = setUp()
  const { error } = await request('resources/read', { uri: 'alkhub://results/1.x' })
  expect(error).toEqual({ code: -32603, message: 'The hub failed to answer.' })
  expect(events).toEqual([['resources/read', 'connect ECONNREFUSED 192.0.2.1:6379']])
})
