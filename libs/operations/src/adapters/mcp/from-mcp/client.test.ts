import { once } from 'node:events'
import type { Tool } from '@modelcontextprotocol/server'
import { expect, test } from 'vitest'
import { CallError } from '../../../calls/call-error.ts'
import { createMCPClient, MCPClientLoader } from '../../../from-mcp.ts'
import type { MCPClientConfig, MCPProgress } from '../../../from-mcp.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import { echoServer } from '../../openapi/from-openapi/fixtures/echo-server.ts'
import { toolServer } from './fixtures/tool-server.ts'
import type { ToolServer } from './fixtures/tool-server.ts'

const tool = (name: string, more: object = {}): Tool => ({
  name,
  inputSchema: { type: 'object' },
  ...more,
})

async function connect(server: ToolServer, config: MCPClientConfig = {}) {
  const wrapper = await createMCPClient('srv', { url: server.url, ...config })
  const registry = new OperationRegistry()
  registry.registerAll(wrapper.tools)
  return {
    wrapper,
    registry,
    call: (name: string, input: unknown = {}, context = {}) =>
      registry.execute(`srv.${name}`, input, context),
    [Symbol.asyncDispose]: () => wrapper.close(),
  }
}

const failed = async (promise: Promise<unknown>): Promise<CallError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(CallError)
  return error as CallError
}

test.each([
  ['auto', 'stateless', '2026-07-28'],
  ['auto', 'reject', '2026-07-28'],
  ['legacy', 'stateless', '2025-11-25'],
] as const)(
  'with %s, a server that speaks both (older era: %s) is spoken to in %s',
  async (protocol, legacy, version) => {
    await using server = await toolServer({
      tools: [tool('add')],
      legacy,
      call: (_, { a, b }) => ({ content: [], structuredContent: { sum: Number(a) + Number(b) } }),
    })
    await using client = await connect(server, { protocol })
    expect(client.wrapper.protocolVersion).toBe(version)
    expect((await client.call('add', { a: 1, b: 2 })).data).toEqual({ sum: 3 })
  },
)

test('all pages of the list are read (A13: once, without paging)', async () => {
  const tools = Array.from({ length: 25 }, (_, index) => tool(`t${index}`))
  await using server = await toolServer({ tools, pageSize: 10 })
  await using client = await connect(server)
  expect(client.wrapper.tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name))
  expect(server.methods).toEqual(['tools/list', 'tools/list', 'tools/list'])
})

test('a list that is too long is refused', async () => {
  await using server = await toolServer({
    tools: Array.from({ length: 20 }, (_, i) => tool(`t${i}`)),
  })
  const error = await failed(createMCPClient('srv', { url: server.url, maxTools: 10 }))
  expect(error.message).toBe('The MCP server srv has 20 tools, 10 are allowed.')
})

test('a changed list is read again; registries follow: new, changed and removed tools (A13)', async () => {
  await using server = await toolServer({ tools: [tool('a'), tool('b')] })
  const changed = Promise.withResolvers<void>()
  const loader = new MCPClientLoader()
  await loader.load({ srv: { url: server.url, onToolsChanged: () => changed.resolve() } })
  await using _ = loader
  const registry = new OperationRegistry()
  loader.registerAll(registry)
  server.tools = [tool('b', { description: 'new' }), tool('c')]
  server.changed()
  await changed.promise
  expect(registry.list().map(({ name, description }) => [name, description])).toEqual([
    ['b', 'new'],
    ['c', ''],
  ])
  await loader.closeAll()
  expect(registry.size).toBe(0)
})

test('names are mapped to the grammar without overwriting one another; the original is called', async () => {
  const called: string[] = []
  await using server = await toolServer({
    tools: [tool('get.user'), tool('get/user'), tool('1')],
    call: (name) => {
      called.push(name)
      return { content: [{ type: 'text', text: name }] }
    },
  })
  await using client = await connect(server)
  expect(client.wrapper.tools.map(({ name, _meta }) => [name, _meta?.['tool']])).toEqual([
    ['get_user', 'get.user'],
    ['get_user_2', 'get/user'],
    ['op_1', '1'],
  ])
  await client.call('get_user_2')
  expect(called).toEqual(['get/user'])
})

test('a tool is a mutation, and the annotations of the server are hints', async () => {
  const annotations = { readOnlyHint: true, idempotentHint: true, title: 'T' }
  await using server = await toolServer({ tools: [tool('a', { annotations, description: 'D' })] })
  await using client = await connect(server, {
    version: '3',
    accessControl: { requiredScopes: ['x:y'] },
  })
  expect(client.wrapper.tools[0]).toMatchObject({
    type: 'mutation',
    version: '3',
    title: 'T',
    description: 'D',
    hints: { readOnly: true, idempotent: true },
    accessControl: { requiredScopes: ['x:y'] },
  })
})

test.each([
  [
    'a pattern with a look-ahead',
    { type: 'string', pattern: '(?=x)(a+)+$' },
    '/properties/a/pattern',
  ],
  ['a type that does not exist', { type: 'any' }, '/properties/a/type'],
])(
  '%s in a schema of the server is left out, the rest of the schema is kept',
  async (_, a, place) => {
    const inputSchema = {
      type: 'object' as const,
      properties: { a, n: { $ref: '#/$defs/N' } },
      required: ['n'],
      $defs: { N: { type: 'integer' } },
    }
    await using server = await toolServer({ tools: [tool('a', { inputSchema })] })
    await using client = await connect(server)
    const [meta] = client.wrapper.tools.map((one) => one._meta)
    expect(meta?.['unusable']).toBeUndefined()
    expect(JSON.stringify(meta?.['loosened'])).toContain(place)
    await expect(client.call('a', { a: 'anything', n: 1 })).resolves.toBeDefined()
    await expect(client.call('a', { a: 'anything', n: 'x' })).rejects.toThrow('/n must be integer')
    await expect(client.call('a', { a: 'anything' })).rejects.toThrow('/n is required')
  },
)

test('a schema of the server that cannot be used at all is left out, and its tool is kept', async () => {
  const bad = { type: 'object' as const, properties: { a: { $ref: '#/$defs/Nothing' } } }
  await using server = await toolServer({ tools: [tool('a', { inputSchema: bad }), tool('b')] })
  await using client = await connect(server)
  expect(client.wrapper.tools.map(({ name, _meta }) => [name, _meta?.['unusable']])).toEqual([
    ['a', ['inputSchema']],
    ['b', undefined],
  ])
  await expect(client.call('a', { a: 'anything' })).resolves.toBeDefined()
})

test('structured content that violates the output schema is returned, with the mismatches in meta', async () => {
  const outputSchema = {
    type: 'object' as const,
    properties: { n: { type: 'integer' } },
    required: ['n'],
  }
  await using server = await toolServer({
    tools: [tool('a', { outputSchema })],
    call: (_, { n }) => ({ content: [], ...(n === undefined ? {} : { structuredContent: { n } }) }),
  })
  await using client = await connect(server)
  const fitting = await client.call('a', { n: 1 })
  expect([fitting.data, fitting.meta['outputMismatch']]).toEqual([{ n: 1 }, undefined])
  const other = await client.call('a', { n: 'one' })
  expect(other.data).toEqual({ n: 'one' })
  expect(other.meta['outputMismatch']).toEqual([{ path: '/n', message: 'must be integer' }])
  const without = await client.call('a')
  expect([without.data, without.meta['outputMismatch']]).toEqual([
    [],
    [{ path: '', message: 'must be object' }],
  ])
  await using strict = await connect(server, { checkOutput: 'error' })
  expect((await failed(strict.call('a', { n: 'one' }))).toWire()).toMatchObject({
    code: 'EXECUTION_ERROR',
    details: { errors: [{ path: '/n' }] },
  })
})

test('a connection that breaks during a call is PROVIDER_LOST: the tool may have run (B11)', async () => {
  await using server = await toolServer({ tools: [tool('a')] })
  let broken = false
  const lost: typeof fetch = async (url, init) => {
    if (broken && JSON.stringify(init?.body ?? '').includes('tools/call')) {
      const cause = Object.assign(new Error('read ECONNRESET'), {
        code: 'ECONNRESET',
        syscall: 'read',
      })
      throw new TypeError('fetch failed', { cause })
    }
    return fetch(url, init)
  }
  await using client = await connect(server, { fetch: lost })
  broken = true
  expect((await failed(client.call('a'))).toWire()).toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown', reason: 'ECONNRESET' },
  })
})

test('a tool that fails rejects with its own text', async () => {
  await using server = await toolServer({
    tools: [tool('a')],
    call: () => ({
      isError: true,
      content: [
        { type: 'text', text: 'no such file' },
        { type: 'image', data: 'AA', mimeType: 'image/png' },
      ],
    }),
  })
  await using client = await connect(server)
  expect((await failed(client.call('a'))).toWire()).toEqual({
    code: 'EXECUTION_ERROR',
    message: 'no such file; {"type":"image","data":"AA","mimeType":"image/png"}',
    details: {
      serverName: 'srv',
      toolName: 'a',
      isError: true,
      content: [
        { type: 'text', text: 'no such file' },
        { type: 'image', data: 'AA', mimeType: 'image/png' },
      ],
    },
  })
})

test.each(['auto', 'legacy'] as const)(
  'progress is reported with its call, and keeps a long call alive (%s)',
  async (protocol) => {
    await using server = await toolServer({
      tools: [tool('slow')],
      call: async (_, __, context) => {
        const token = context.mcpReq._meta?.progressToken
        for (let progress = 1; progress <= 4; progress++) {
          await new Promise((resolve) => setTimeout(resolve, 150))
          if (token !== undefined)
            await context.mcpReq.notify({
              method: 'notifications/progress',
              params: { progressToken: token, progress, total: 4, message: 'on it' },
            })
        }
        return { content: [{ type: 'text', text: 'done' }] }
      },
    })
    const reports: MCPProgress[] = []
    await using client = await connect(server, {
      protocol,
      timeout: 400,
      onProgress: (report) => reports.push(report),
    })
    await expect(client.call('slow', {}, { requestId: 'r1' })).resolves.toMatchObject({
      data: [{ text: 'done' }],
    })
    expect(reports.map(({ progress }) => progress)).toEqual([1, 2, 3, 4])
    expect(reports[0]).toEqual({
      serverName: 'srv',
      toolName: 'slow',
      requestId: 'r1',
      progress: 1,
      total: 4,
      message: 'on it',
    })
  },
)

test.each(['auto', 'legacy'] as const)(
  "the caller's abort reaches the tool (%s)",
  async (protocol) => {
    const started = Promise.withResolvers<AbortSignal>()
    await using server = await toolServer({
      tools: [tool('wait')],
      call: async (_, __, context) => {
        started.resolve(context.mcpReq.signal)
        await once(context.mcpReq.signal, 'abort')
        return { content: [] }
      },
    })
    await using client = await connect(server, { protocol })
    const caller = new AbortController()
    const call = failed(client.call('wait', {}, { signal: caller.signal }))
    const signal = await started.promise
    caller.abort()
    expect((await call).code).toBe('ABORTED')
    if (protocol === 'auto' && !signal.aborted) await once(signal, 'abort')
    expect(protocol === 'legacy' || signal.aborted).toBe(true)
  },
)

test('time-outs, deadlines, lost and missing connections have different codes', async () => {
  await using server = await toolServer({
    tools: [tool('wait')],
    call: () => new Promise(() => {}),
  })
  await using client = await connect(server, { timeout: 100 })
  expect((await failed(client.call('wait'))).code).toBe('TIMEOUT')
  expect((await failed(client.call('wait', {}, { deadline: Date.now() + 50 }))).code).toBe(
    'TIMEOUT',
  )
  await client.wrapper.close()
  expect((await failed(client.call('wait'))).code).toBe('PROVIDER_UNAVAILABLE')
  const gone = await echoServer()
  await gone[Symbol.asyncDispose]()
  expect((await failed(createMCPClient('srv', { url: gone.url }))).code).toBe(
    'PROVIDER_UNAVAILABLE',
  )
  expect((await failed(createMCPClient('srv', { command: 'no-such-command-here' }))).code).toBe(
    'PROVIDER_UNAVAILABLE',
  )
  await expect(createMCPClient('srv', {})).rejects.toThrow('needs a url or a command')
})

test('configured headers are sent with every request; an answer of HTTP is an error without them', async () => {
  await using server = await echoServer(
    (_, response) => void response.writeHead(401).end('bad secret-1'),
  )
  const error = await failed(
    createMCPClient('srv', { url: server.url, headers: { authorization: 'Bearer secret-1' } }),
  )
  expect(server.seen.map(({ headers }) => headers.authorization)).toContain('Bearer secret-1')
  expect(JSON.stringify(error.toWire())).not.toContain('secret-1')
})

test('when one of several servers fails, those that were opened are closed again (A13)', async () => {
  await using server = await toolServer({ tools: [tool('a')] })
  const loader = new MCPClientLoader()
  let closed = 0
  const good = { url: server.url, onClose: () => void (closed += 1) }
  const error = await failed(
    loader.load({ one: good, two: good, bad: { command: 'no-such-command-here' } }),
  )
  expect([error.code, closed, loader.getAllWrappers().length]).toEqual([
    'PROVIDER_UNAVAILABLE',
    2,
    0,
  ])
  await loader.load({ one: good })
  await expect(loader.load({ one: good })).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(loader.getClient('one')?.tools).toHaveLength(1)
  expect(loader.getAllOperations()).toHaveLength(1)
  await loader.closeAll()
})

test.each(['auto', 'legacy'] as const)(
  'an answer nested deeper than 512 levels is returned as text with the fault in meta, and the connection lives (A1, %s)',
  async (protocol) => {
    const nested = (depth: number): unknown => {
      let value: unknown = []
      for (let level = 1; level < depth; level++) value = [value]
      return value
    }
    await using server = await toolServer({
      tools: [tool('deep')],
      call: (_, { depth }) => ({ content: [], structuredContent: { v: nested(Number(depth)) } }),
    })
    await using client = await connect(server, { protocol, timeout: 5000 })
    for (const depth of [600, 3000]) {
      const { data, meta } = await client.call('deep', { depth })
      expect(data).toBe(JSON.stringify({ v: nested(depth) }))
      expect(JSON.stringify(meta['outputMismatch'])).toContain('deeper than 512 levels')
    }
    expect((await client.call('deep', { depth: 2 })).data).toEqual({ v: [[]] })
  },
)
