import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { devOperations } from '@alkdev/dev-spoke'
import { attachSpoke, HubConnection } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, call } from '../http.ts'
import { echoSpec, PlainSocket, register } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

let hub: TestStack
let folder: string
let spoke: Spoke
const readme = '# A folder\n\nwith a file ✓\n'

beforeAll(async () => {
  hub = await startTestStack()
  folder = mkdtempSync(join(tmpdir(), 'alkhub-dev-'))
  writeFileSync(join(folder, 'README.md'), readme)
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  spoke = attachSpoke({
    hub: hub.broker,
    key,
    name: 'laptop',
    spokeType: 'dev-env',
    operations: await devOperations({ folder, allowShell: true }),
  })
  await spoke.attached()
})
afterAll(async () => {
  await spoke?.stop()
  await hub?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

test('a file of an attached folder is read through gateway, Redis, broker and spoke', async () => {
  const answer = await call(hub, hub.admin, 'dev.laptop.fs.read', { path: 'README.md' })
  expect(answer.status).toBe(200)
  expect(answer.body.data).toEqual({
    path: 'README.md',
    content: readme,
    encoding: 'utf8',
    sizeBytes: 28,
  })
  expect(answer.body.meta.callId).toBe(answer.headers.get('x-request-id'))
  expect(answer.headers.get('server-timing')).toMatch(
    /auth;dur=.*route;dur=.*queue;dur=.*execute;dur=.*total;dur=/,
  )
})

test('list, search and schema over HTTP show what the key may use', async () => {
  const list = await ask(hub, 'GET', '/api/operations?namespace=dev.laptop.fs', {
    key: hub.admin.key,
  })
  expect(list.body.items.map((item: { operationId: string }) => item.operationId)).toEqual([
    'dev.laptop.fs.edit',
    'dev.laptop.fs.glob',
    'dev.laptop.fs.list',
    'dev.laptop.fs.read',
    'dev.laptop.fs.search',
    'dev.laptop.fs.write',
  ])
  const search = await ask(hub, 'GET', '/api/operations?q=read+a+file', { key: hub.admin.key })
  expect(search.body.items[0].operationId).toBe('dev.laptop.fs.read')
  const spec = await ask(hub, 'GET', '/api/operations/dev.laptop.fs.read', { key: hub.admin.key })
  expect(spec.body).toMatchObject({
    operationId: 'dev.laptop.fs.read',
    type: 'query',
    providerCount: 1,
    _meta: { 'alkhub/workspace': '/worktree' },
  })
  expect(spec.body.inputSchema.properties.path.type).toBe('string')
})

test('a subscription is a stream of server-sent events with seq as id, and ends with completed', async () => {
  const answer = await call(
    hub,
    hub.admin,
    'dev.laptop.shell.run',
    { command: 'printf one; sleep 0.2; printf two' },
    { accept: 'text/event-stream' },
  )
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('text/event-stream')
  const events = String(answer.body)
    .split('\n\n')
    .filter((event) => event.includes('data:'))
  const ids = events.flatMap((event) => /^id: ?(\d+)$/m.exec(event)?.[1] ?? [])
  expect(ids).toEqual(ids.map((_, index) => String(index + 1)))
  expect(answer.body).toContain('one')
  expect(answer.body).toContain('two')
  expect(answer.body).toContain('event: completed')
})

test('a client that leaves a stream stops the command in the spoke', async () => {
  const controller = new AbortController()
  const response = await fetch(`${hub.gateway}/api/operations/dev.laptop.shell.run`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hub.admin.key}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({
      command: `echo started; sleep 1; touch ${join(folder, 'not-stopped')}`,
    }),
    signal: controller.signal,
  })
  const reader = response.body?.getReader()
  await reader?.read()
  controller.abort()
  await wait(1800)
  const answer = await call(hub, hub.admin, 'dev.laptop.fs.read', { path: 'not-stopped' })
  expect(answer.body.code).toBe('FILE_NOT_FOUND')
})

test('a plain WebSocket client attaches, registers echo.say and is called over HTTP', async () => {
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  await using socket = await PlainSocket.open(hub.broker, key)
  const welcome = await register(socket, 'plain', [echoSpec])
  expect(welcome.type).toBe('call.responded')
  expect(welcome.payload.output.data).toMatchObject({
    heartbeatMs: 2000,
    maxPayloadBytes: 1_048_576,
    operations: [{ name: 'echo.say', operationId: 'client.plain.echo.say', status: 'active' }],
  })
  const pending = call(hub, hub.admin, 'client.plain.echo.say', { text: 'hello' })
  const request = await socket.next((frame) => frame.type === 'call.requested')
  expect(request.payload).toMatchObject({
    requestId: request.id,
    operationId: 'echo.say',
    input: { text: 'hello' },
    identity: { id: hub.admin.accountId, scopes: ['echo:use'] },
  })
  expect(request.payload.timeoutMs).toBeLessThanOrEqual(30_000)
  socket.send('call.responded', request.id, {
    output: {
      data: { text: 'hello' },
      meta: { source: 'local', operationId: 'echo.say', timestamp: Date.now() },
    },
  })
  const answer = await pending
  expect(answer.body).toMatchObject({
    data: { text: 'hello' },
    meta: { operationId: 'client.plain.echo.say' },
  })
  // The same operation by its own name goes to any spoke that offers it.
  const pooled = call(hub, hub.admin, 'echo.say', { text: 'pool' })
  const second = await socket.next((frame) => frame.type === 'call.requested')
  socket.send('call.responded', second.id, {
    output: {
      data: { text: 'pool' },
      meta: { source: 'local', operationId: 'echo.say', timestamp: 1 },
    },
  })
  expect((await pooled).body.data).toEqual({ text: 'pool' })
})

test('a WebSocket client calls over the gateway, and a browser shows its key as a subprotocol', async () => {
  await using connection = await HubConnection.open({ hub: hub.gateway, key: hub.admin.key })
  expect(await connection.call('dev.laptop.fs.list', {})).toMatchObject({ path: '.' })
  const lines: unknown[] = []
  for await (const item of connection.subscribe('dev.laptop.shell.run', { command: 'seq 1 3' }))
    lines.push(item)
  expect(lines.at(-1)).toMatchObject({ exitCode: 0 })
  await using browser = await PlainSocket.open(hub.gateway, '', [
    'alkhub.v1',
    `bearer.${hub.admin.key}`,
  ])
  expect(browser.socket.protocol).toBe('alkhub.v1')
  const answer = await browser.call('hub.search', { query: 'read a file' })
  expect(answer.payload.output.data.items[0].operationId).toBe('dev.laptop.fs.read')
})

test('the official MCP client lists, searches, reads the schema of and calls an operation', async () => {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(hub.mcp), {
    requestInit: { headers: { authorization: `Bearer ${hub.admin.key}` } },
  })
  await client.connect(transport)
  const { tools } = await client.listTools()
  expect(tools.map((tool) => tool.name).toSorted()).toEqual([
    'call',
    'list',
    'query',
    'schema',
    'search',
  ])
  const list = await client.callTool({ name: 'list', arguments: { namespace: 'dev.laptop.fs' } })
  expect(JSON.stringify(list.structuredContent)).toContain('dev.laptop.fs.read')
  const search = await client.callTool({ name: 'search', arguments: { query: 'read a file' } })
  const hits = (search.structuredContent as { items: { operationId: string; score: number }[] })
    .items
  expect(hits[0]?.operationId).toBe('dev.laptop.fs.read')
  const schema = await client.callTool({
    name: 'schema',
    arguments: { operationId: 'dev.laptop.fs.read' },
  })
  const { schemaHash } = schema.structuredContent as { schemaHash: string }
  const result = await client.callTool({
    name: 'call',
    arguments: { operationId: 'dev.laptop.fs.read', input: { path: 'README.md' }, schemaHash },
  })
  expect(result.structuredContent).toMatchObject({ content: readme })
  const failed = await client.callTool({
    name: 'call',
    arguments: { operationId: 'dev.laptop.fs.read', input: {} },
  })
  expect(failed).toMatchObject({ isError: true, structuredContent: { code: 'VALIDATION_ERROR' } })
  const items: unknown[] = []
  const streamed = await client.callTool(
    {
      name: 'call',
      arguments: { operationId: 'dev.laptop.shell.run', input: { command: 'echo hi' } },
    },
    undefined,
    { onprogress: (progress) => items.push(progress) },
  )
  expect(JSON.stringify(streamed.structuredContent)).toContain('hi')
  expect(items.length).toBeGreaterThan(0)
  await client.close()
})

test('a client of the newer MCP era works on the same URL', async () => {
  const client = new ModernClient(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  const transport = new ModernTransport(new URL(hub.mcp), {
    requestInit: { headers: { authorization: `Bearer ${hub.admin.key}` } },
  })
  await client.connect(transport)
  const { tools } = await client.listTools()
  expect(tools).toHaveLength(5)
  const result = await client.callTool({
    name: 'call',
    arguments: { operationId: 'dev.laptop.fs.read', input: { path: 'README.md' } },
  })
  expect(result.structuredContent).toMatchObject({ content: readme })
  await client.close()
})

test('where a call came from is what the edge saw, not what the caller says', async () => {
  await using socket = await PlainSocket.open(hub.broker, hub.admin.key)
  const metadata = { from: { ip: '203.0.113.9', userAgent: 'forged' }, mine: 1 }
  const made = await socket.call('orgs.create', { name: 'origin' }, { metadata })
  expect(made.type).toBe('call.responded')
  const rows = await hub.database.sql`select * from audit_logs where action = 'orgs.created'`
  expect(rows).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toContain('203.0.113.9')
  expect(JSON.stringify(rows)).not.toContain('forged')
  expect(JSON.stringify(rows)).toContain('127.0.0.1')
})

test('every call is in the call log within a second, from whichever entry point', async () => {
  const answer = await call(hub, hub.admin, 'dev.laptop.fs.list', {})
  const refused = await call(hub, hub.admin, 'dev.laptop.fs.read', { path: 7 })
  const unknown = await call(hub, hub.admin, 'no.such', {})
  const ids = [answer, refused, unknown].map((one) => String(one.headers.get('x-request-id')))
  await wait(1000)
  const rows = await hub.database.sql`
    select id, operation_name, status, code from call_log where id = any(${ids}) order by id`
  expect(rows.map((row) => [row['operation_name'], row['status'], row['code']])).toEqual([
    ['dev.laptop.fs.list', 'completed', null],
    ['dev.laptop.fs.read', 'failed', 'VALIDATION_ERROR'],
    ['no.such', 'failed', 'OPERATION_NOT_FOUND'],
  ])
  const seen = await ask(hub, 'GET', `/api/calls/${ids[0]}`, { key: hub.admin.key })
  expect(seen.body).toMatchObject({ status: 'completed' })
  const other = await hub.createKey([])
  expect((await ask(hub, 'GET', `/api/calls/${ids[0]}`, { key: other.key })).status).toBe(404)
})

test('a nested call of a spoke carries its parent and no more rights than both have', async () => {
  const { key } = await hub.createKey(
    ['spokes:attach', 'hub:*', 'fs:read', 'echo:*'],
    hub.admin.accountId,
  )
  await using socket = await PlainSocket.open(hub.broker, key)
  await register(socket, 'nesting', [echoSpec])
  const pending = call(hub, hub.admin, 'client.nesting.echo.say', { text: 'x' })
  const request = await socket.next((frame) => frame.type === 'call.requested')
  const inner = await socket.call(
    'dev.laptop.fs.read',
    { path: 'README.md' },
    { parentRequestId: request.id },
  )
  expect(inner.payload.output.data.content).toBe(readme)
  // fs:write is the caller's right and not the spoke's: the operation is not there.
  const denied = await socket.call(
    'dev.laptop.fs.write',
    { path: 'x', content: '' },
    { parentRequestId: request.id },
  )
  expect(denied.payload.code).toBe('OPERATION_NOT_FOUND')
  const forged = await socket.call('hub.list', {}, { parentRequestId: 'not-in-flight' })
  expect(forged.payload.code).toBe('VALIDATION_ERROR')
  socket.send('call.responded', request.id, {
    output: {
      data: { text: 'x' },
      meta: { source: 'local', operationId: 'echo.say', timestamp: 1 },
    },
  })
  const outer = await pending
  await wait(800)
  const tree = await ask(hub, 'GET', `/api/calls/${outer.body.meta.callId}?tree=1`, {
    key: hub.admin.key,
  })
  expect(JSON.stringify(tree.body)).toContain('dev.laptop.fs.read')
})

test('every service exports the metrics of docs/reference/metrics.md', async () => {
  const page = readFileSync(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8')
  const services = {
    gateway: hub.gateway,
    'spoke-broker': hub.broker,
    'inference-proxy': hub.inference,
    mcp: new URL(hub.mcp).origin,
  }
  for (const [service, url] of Object.entries(services)) {
    const text = await (await fetch(`${url}/metrics`)).text()
    const expected = page
      .split('\n## ')
      .filter(
        (section) => /^(Every|Bus)/.test(section) || section.split('\n')[0]?.includes(service),
      )
      // A metric with labels appears with its first event.
      .flatMap((section) => [...section.matchAll(/^\| `(\w+)` \| (\w+) \|  \|/gm)])
      // Metrics of traces are there when `telemetry.traces` is set.
      .filter(([, name = '']) => !name.startsWith('alkhub_trace_'))
      .map(([, name, kind]) => `# TYPE ${name} ${kind}`)
    expect(expected.length).toBeGreaterThan(40)
    expect(expected.filter((line) => !text.includes(`${line}\n`))).toEqual([])
  }
})
