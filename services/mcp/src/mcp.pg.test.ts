import { Client as ModernClient } from '@modelcontextprotocol/client'
import { StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { HANGING, startTestMcp } from './testing/test-mcp.ts'
import type { TestMcp } from './testing/test-mcp.ts'

let mcp: TestMcp

beforeAll(async () => {
  mcp = await startTestMcp()
  const first = await connect('2025-11-25', mcp.key)
  await vi.waitUntil(
    async () => (await first.text('schema', { operationId: HANGING })).includes('Never answers'),
    { timeout: 20_000 },
  )
  await first.close()
})
afterAll(() => mcp?.[Symbol.asyncDispose]())

type Era = '2025-11-25' | '2026-07-28'
interface Result {
  readonly isError?: boolean
  readonly structuredContent?: unknown
}

/** The official client of an era. */
async function connect(era: Era, key: string) {
  const url = new URL(mcp.url)
  const options = { requestInit: { headers: { authorization: `Bearer ${key}` } } }
  const info = { name: 'test', version: '1' }
  const legacy = new Client(info)
  const modern = new ModernClient(info, {
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  })
  if (era === '2025-11-25') await legacy.connect(new StreamableHTTPClientTransport(url, options))
  else await modern.connect(new ModernTransport(url, options))
  const call = (
    name: string,
    input: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<Result> => {
    const request = { name, arguments: input }
    const limits = { timeout: 20_000, ...(signal && { signal }) }
    return era === '2025-11-25'
      ? (legacy.callTool(request, undefined, limits) as Promise<Result>)
      : (modern.callTool(request, limits) as Promise<Result>)
  }
  return {
    call,
    text: async (name: string, input: Record<string, unknown>) =>
      JSON.stringify(await call(name, input)),
    close: () => (era === '2025-11-25' ? legacy : modern).close(),
  }
}

/** Starts a call that is never answered, and returns what its spoke receives. */
async function hang(client: Awaited<ReturnType<typeof connect>>, signal?: AbortSignal) {
  const before = mcp.calls.length
  const answer = client.call('call', { operationId: HANGING }, signal).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  )
  await expect.poll(() => mcp.calls.length, { timeout: 10_000 }).toBe(before + 1)
  return { answer, seen: mcp.calls[before] }
}

const eras: readonly Era[] = ['2025-11-25', '2026-07-28']

test.each(eras)('a call that a client of %s cancels is aborted at the spoke (F1)', async (era) => {
  const client = await connect(era, mcp.key)
  const cancel = new AbortController()
  const { answer, seen } = await hang(client, cancel.signal)
  cancel.abort('enough')
  await expect.poll(() => seen?.aborted, { timeout: 10_000 }).toBe(true)
  expect(await answer).toHaveProperty('error')
  expect(await client.text('search', { query: 'hang' })).toContain('probe.hang')
  await client.close()
})

test('a client does not cancel the request of another one that has the same key and the same id', async () => {
  const [one, two] = await Promise.all([
    connect('2025-11-25', mcp.key),
    connect('2025-11-25', mcp.key),
  ])
  const cancel = new AbortController()
  const [mine, theirs] = [await hang(one, cancel.signal), await hang(two)]
  cancel.abort()
  await expect.poll(() => mine.seen?.aborted, { timeout: 10_000 }).toBe(true)
  expect(theirs.seen?.aborted).toBe(false)
  await Promise.all([one.close(), two.close()])
})

test('a notification about a request that is not there is accepted and does nothing', async () => {
  const response = await post(
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 4711 } },
    {},
  )
  expect(response.status).toBe(202)
})

test.each(eras)(
  'a call of a client of %s whose key is revoked ends with an error (F12)',
  async (era) => {
    const { key, keyId } = await mcp.createKey()
    const client = await connect(era, key)
    const { answer, seen } = await hang(client)
    await mcp.revoke(keyId)
    expect(await answer).toMatchObject({
      result: { isError: true, structuredContent: { code: 'UNAUTHENTICATED' } },
    })
    await expect.poll(() => seen?.aborted, { timeout: 10_000 }).toBe(true)
    await client.close().catch(() => undefined)
  },
)

function post(message: object, headers: Record<string, string>): Promise<Response> {
  return fetch(mcp.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${mcp.key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(message),
  })
}

test('each request of a list counts towards the limits of the key, and a list beyond them does not run', async () => {
  const { key } = await mcp.createKey({ perDay: 5 })
  const headers = { authorization: `Bearer ${key}` }
  const pings = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }))
  expect((await post(pings(3), headers)).status).toBe(200)
  const refused = await post(pings(3), headers)
  expect(refused.status).toBe(429)
  expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED' })
  // Of the refused list the HTTP request alone is counted.
  expect((await post(pings(1), headers)).status).toBe(200)
  expect((await post(pings(1), headers)).status).toBe(429)
})

const MAX_DEFINITIONS = 3100
const ECHO = 'dev.probe.probe.echo'
const TEXT = 'dev.probe.probe.text'

test.each(eras)(
  'a client of %s may give the input as the JSON text of an object (F2)',
  async (era) => {
    const client = await connect(era, mcp.key)
    const call = async (operationId: string, input: unknown) =>
      (await client.call('call', { operationId, input })).structuredContent
    expect(await call(ECHO, { a: '{}' })).toEqual({ a: '{}' })
    expect(await call(ECHO, '{"a":{"b":1}}')).toEqual({ a: { b: 1 } })
    expect(await call(ECHO, 'a: 1')).toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(await call(TEXT, '{"a":1}')).toEqual({ data: '{"a":1}' })
    await client.close()
  },
)

test.each(eras)(
  'a subscription that a client of %s reads gives what it collected, whatever ended it (F6)',
  async (era) => {
    const client = await connect(era, mcp.key)
    const ticks = (input: object, more: object = {}) =>
      client.call('call', { operationId: 'dev.probe.probe.ticks', input, ...more })
    const items = [{ n: 1 }, { n: 2 }]
    expect((await ticks({ items: 2, end: 'complete' })).structuredContent).toEqual({
      items,
      truncated: false,
    })
    for (const collected of [items, []]) {
      const cut = await ticks({ items: collected.length }, { deadlineMs: 1500 })
      expect(cut.structuredContent).toMatchObject({
        items: collected,
        truncated: true,
        ended: { code: 'TIMEOUT' },
      })
      expect(cut.isError).not.toBe(true)
    }
    expect(await ticks({ items: 2, end: 'fail' })).toMatchObject({
      isError: true,
      structuredContent: {
        code: 'EXECUTION_ERROR',
        message: 'No more ticks.',
        items,
        truncated: true,
      },
    })
    const none = await ticks({ items: 0, end: 'fail' })
    expect(none).toMatchObject({ isError: true, structuredContent: { code: 'EXECUTION_ERROR' } })
    expect(none.structuredContent).not.toHaveProperty('items')
    await client.close()
  },
)

test('an operation that is not there gets the nearest names that the caller may see (F7)', async () => {
  const client = await connect('2026-07-28', mcp.key)
  for (const operationId of ['dev.probe.probe.ecko', 'Probe.Echo', 'echo']) {
    for (const tool of ['schema', 'call']) {
      expect((await client.call(tool, { operationId })).structuredContent).toMatchObject({
        code: 'OPERATION_NOT_FOUND',
        details: { suggestions: expect.arrayContaining(['probe.echo']) },
      })
    }
  }
  await client.close()
})

test('the tool query calls what is read-only and refuses the rest, before anything runs (F3)', async () => {
  const client = await connect('2026-07-28', mcp.key)
  const query = (operationId: string, input: unknown = { a: 1 }) =>
    client.call('query', { operationId, input })
  expect((await query(ECHO)).structuredContent).toEqual({ a: 1 })
  expect((await query(TEXT, 'x')).structuredContent).toEqual({ data: 'x' })
  const before = mcp.calls.length
  for (const name of ['write', 'wipe', 'ticks']) {
    expect((await query(`dev.probe.probe.${name}`)).structuredContent).toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  }
  expect((await query('no.such')).structuredContent).toMatchObject({ code: 'OPERATION_NOT_FOUND' })
  expect(mcp.calls).toHaveLength(before)
  await client.close()
})

test.each(eras)(
  'a client of %s gets MCP content as it is, and text without quotes (F5)',
  async (era) => {
    const client = await connect(era, mcp.key)
    const content = [
      { type: 'text', text: 'a "picture"' },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
      { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
      { type: 'resource', resource: { uri: 'file:///a', mimeType: 'text/plain', text: 'a' } },
      { type: 'resource_link', uri: 'file:///b', name: 'b' },
    ]
    const operationId = 'dev.probe.probe.content'
    expect(await client.call('call', { operationId, input: { content } })).toMatchObject({
      content,
    })
    expect(await client.call('call', { operationId: TEXT, input: 'a "b"' })).toMatchObject({
      content: [{ type: 'text', text: 'a "b"' }],
      structuredContent: { data: 'a "b"' },
    })
    await client.close()
  },
)

test('the input of call is shown as an object (F2)', async () => {
  const shown = await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, {})
  const text = await shown.text()
  expect(text).toContain('"input":{"type":"object","additionalProperties":true')
  // At most 700 tokens (o200k); the measured text of MAX_DEFINITIONS characters had fewer.
  expect(text.length).toBeLessThanOrEqual(MAX_DEFINITIONS)
})

test.each(eras)('an unknown tool is a protocol error for a client of %s (F11)', async (era) => {
  const client = await connect(era, mcp.key)
  await expect(client.call('no.such', {})).rejects.toMatchObject({
    code: -32_602,
    message: expect.stringContaining('the tools are list, search, schema, call, query'),
  })
  await client.close()
})

const listing = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

test.each(['*/*', 'application/json, */*;q=0.5'])(
  'the header accept %j is enough (F11)',
  async (accept) => {
    expect((await post(listing, { accept })).status).toBe(200)
  },
)

/** A request of 2026-07-28, which the SDK would send. */
function modernCall(deadlineMs: number): Promise<Response> {
  const version = '2026-07-28'
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { name: 'call', arguments: { operationId: ECHO, input: {}, deadlineMs }, _meta }
  return post(
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    { 'mcp-protocol-version': version, 'mcp-method': 'tools/call', 'mcp-name': 'call' },
  )
}

test('a call that may take longer than 30 s is answered by a stream, which comments keep alive (F4)', async () => {
  const types = [await modernCall(30_000), await modernCall(60_000)].map(
    (response) => response.headers.get('content-type')?.split(';')[0],
  )
  expect(types).toEqual(['application/json', 'text/event-stream'])
})

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

test.each([
  ['http://localhost:5173', 200],
  ['http://127.0.0.1:1', 200],
  ['http://[::1]:1', 200],
  ['https://evil.example', 403],
  ['http://localhost.evil.example', 403],
  ['http://127.0.0.1.evil.example', 403],
  ['null', 403],
  ['', 403],
])(
  'a page of the origin %j gets %i from a service on the loopback address (F9)',
  async (origin, status) => {
    expect((await post(ping, { origin })).status).toBe(status)
  },
)

test('calls of a request that other hubs have passed on too often are refused (H32)', async () => {
  const at = async (depth: number): Promise<string> => {
    const params = { name: 'call', arguments: { operationId: 'dev.probe.probe.echo' } }
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    return (await post(message, { 'x-alkhub-hops': `other:${depth}` })).text()
  }
  expect(await at(1)).not.toContain('isError')
  expect(await at(16)).toContain('isError')
  expect(await at(100_000)).toContain('isError')
})
